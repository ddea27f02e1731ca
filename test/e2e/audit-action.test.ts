/** The script of action.yml, as a runner starts it. */
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'

const { product, home } = inject('installed')
const script = path.resolve(import.meta.dirname, '..', '..', 'scripts', 'audit-action.sh')
let workspace = ''

beforeAll(async () => {
  workspace = await mkdtemp(path.join(tmpdir(), 'docker-vol-action-'))
  // The product of this run, with the script where the checkout has it.
  await mkdir(path.join(workspace, 'action', 'scripts'), { recursive: true })
  await writeFile(path.join(workspace, 'action', 'scripts', 'audit-action.sh'), await readFile(script))
  for (const part of ['bin', 'dist', 'package.json', 'oclif.manifest.json'])
    await symlink(path.join(product, part), path.join(workspace, 'action', part))
  await mkdir(path.join(workspace, 'with space'))
  await mkdir(path.join(workspace, 'deploy'))
  for (const folder of ['.', 'deploy'])
    await writeFile(
      path.join(workspace, folder, 'compose.yaml'),
      'name: shop\nservices:\n  db:\n    image: mariadb:11\n',
    )
  await writeFile(
    path.join(workspace, 'with space', 'my file.yaml'),
    'name: shop\nservices:\n  app:\n    image: example/app:1\n',
  )
})
afterAll(async () => rm(workspace, { recursive: true, force: true }))

const act = async (files: string, failOn: string) =>
  await execa('sh', [path.join(workspace, 'action', 'scripts', 'audit-action.sh')], {
    cwd: workspace,
    reject: false,
    env: {
      ...inject('bed').environment,
      HOME: home,
      PATH: `${path.dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
      AUDIT_FILES: files,
      AUDIT_FAIL_ON: failOn,
      AUDIT_SARIF: path.join(workspace, 'reports', 'audit.sarif'),
    },
  })

test('findings must fail the step, be annotations, and be in the report', async () => {
  const { exitCode, stdout, stderr } = await act('', 'warning')
  expect(exitCode, stderr).toBe(3)
  expect(stdout).toMatch(/^::error file=compose\.yaml,line=4,.*title=database-without-volume::/m)
  const log = JSON.parse(await readFile(path.join(workspace, 'reports', 'audit.sarif'), 'utf8'))
  expect(log.runs[0].results.map(({ ruleId }: { ruleId: string }) => ruleId)).toContain(
    'database-without-volume',
  )
})

test('fail-on must decide', async () => {
  expect((await act('', 'never')).exitCode).toBe(0)
})

test('files must be taken one a line, whatever their names', async () => {
  const { exitCode, stdout } = await act('with space/my file.yaml\n', 'info')
  expect([exitCode, stdout]).toEqual([0, ''])
})

test('of the folder of a project, annotations must name files as the repository does', async () => {
  const { stdout } = await act('deploy', 'never')
  expect(stdout).toContain('::error file=deploy/compose.yaml,line=4,')
})
