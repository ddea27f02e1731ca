/** action.yml in a workflow, from the sources on: every step of it, as a runner runs them. */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { runAction, type ActionRun } from './action.ts'

const { home } = inject('installed')
const root = path.resolve(import.meta.dirname, '..', '..')
let folder = ''
let workspace = ''
let action = ''

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'docker-vol-action-'))
  ;[workspace, action] = [path.join(folder, 'work space'), path.join(folder, 'action')]
  // As it is checked out, without anything built; that dependencies come by themselves is not this test's.
  await mkdir(action)
  for (const part of [
    'action.yml',
    'bin',
    'package.json',
    'package-lock.json',
    'plugin-metadata.json',
    'scripts',
    'src',
    'tsconfig.json',
  ])
    await cp(path.join(root, part), path.join(action, part), { recursive: true })
  await mkdir(path.join(action, 'node_modules'))
  for (const each of await readdir(path.join(root, 'node_modules')))
    if (each !== '.package-lock.json')
      await symlink(path.join(root, 'node_modules', each), path.join(action, 'node_modules', each))
  await cp(
    path.join(root, 'node_modules', '.package-lock.json'),
    path.join(action, 'node_modules', '.package-lock.json'),
  )
  for (const part of ['with space', 'deploy']) await mkdir(path.join(workspace, part), { recursive: true })
  for (const part of ['.', 'deploy'])
    await writeFile(
      path.join(workspace, part, 'compose.yaml'),
      'name: shop\nservices:\n  db:\n    image: mariadb:11\n',
    )
  await writeFile(
    path.join(workspace, 'with space', 'my file.yaml'),
    'name: shop\nservices:\n  app:\n    image: example/app:1\n',
  )
})
afterAll(async () => rm(folder, { recursive: true, force: true }))

const act = async (given: Readonly<Record<string, string>>): Promise<ActionRun> =>
  await runAction(action, given, workspace, {
    ...inject('bed').environment,
    HOME: home,
    RUNNER_TEMP: folder,
    PATH: `${path.dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
  })

test('with nothing given, findings must fail the step, be annotations, and be in the report', async () => {
  const { exitCode, stdout, stderr, outputs } = await act({})
  expect(exitCode, stderr).toBe(3)
  expect(stdout).toMatch(/^::error file=compose\.yaml,line=4,.*title=database-without-volume::/m)
  // Where upload-sarif looks for it: below the workspace.
  const log = JSON.parse(await readFile(path.join(workspace, outputs['sarif'] ?? ''), 'utf8'))
  expect(log.runs[0].results.map(({ ruleId }: { ruleId: string }) => ruleId)).toContain(
    'database-without-volume',
  )
})

test('fail-on must decide, and sarif where the report is', async () => {
  const { exitCode, stderr, outputs } = await act({ 'fail-on': 'never', sarif: 'reports/audit.sarif' })
  expect(exitCode, stderr).toBe(0)
  expect(outputs).toEqual({ sarif: 'reports/audit.sarif' })
  expect(JSON.parse(await readFile(path.join(workspace, 'reports', 'audit.sarif'), 'utf8'))).toHaveProperty(
    'version',
    '2.1.0',
  )
})

test('files must be taken one a line, whatever their names', async () => {
  const { exitCode, stdout, stderr } = await act({ files: 'with space/my file.yaml\n', 'fail-on': 'info' })
  expect([exitCode, stdout], stderr).toEqual([0, ''])
})

test('of the folder of a project, annotations must name files as the repository does', async () => {
  const { stdout } = await act({ files: 'deploy', 'fail-on': 'never' })
  expect(stdout).toContain('::error file=deploy/compose.yaml,line=4,')
})

test('what is given must not be run', async () => {
  const { exitCode, stdout } = await act({ files: '$(touch pwned)`touch pwned`', 'fail-on': 'never' })
  expect([exitCode, stdout]).toEqual([1, ''])
  expect(await readdir(workspace)).not.toContain('pwned')
})
