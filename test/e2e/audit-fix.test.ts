/** What Compose makes of a project before and after --fix: only what was meant may differ. */
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { projectNames, projectsFolder } from '../audit/projects.ts'

const bed = inject('bed')
const { product } = inject('installed')
const env = { ...process.env, ...bed.environment, DOCKER_HOST: 'unix:///there/is/no/engine.sock' }
let scratch = ''

beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'docker-vol-audit-'))
})
afterAll(async () => rm(scratch, { recursive: true, force: true }))

type Model = { readonly name: string; readonly services: Record<string, Record<string, unknown>> }

async function model(folder: string): Promise<Model> {
  const { stdout } = await execa(
    bed.docker,
    ['compose', `--project-directory=${folder}`, '--profile=*', '--all-resources', 'config', '--format=json'],
    { cwd: folder, env },
  )
  const parsed: Model = JSON.parse(stdout)
  return parsed
}

/** Without the parts that a fix may change; everything else must stay. */
function withoutWhatIsMeant(project: Model): unknown {
  const services = Object.entries(project.services).map(([name, service]) => {
    const volumes: readonly unknown[] = Array.isArray(service['volumes']) ? service['volumes'] : []
    return [name, { ...without(service, 'stop_grace_period'), volumes: volumes.map(mountWithoutOptions) }]
  })
  return { ...project, services: Object.fromEntries(services) }
}

/** `read_only` may be added; `create_host_path` may be turned off. */
function mountWithoutOptions(mount: unknown): unknown {
  const rest = without(mount, 'read_only')
  return { ...rest, bind: without(rest['bind'], 'create_host_path') }
}

function without(value: unknown, key: string): Record<string, unknown> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
  return Object.fromEntries(entries.filter(([name]) => name !== key))
}

describe('--fix', () => {
  test.each(projectNames.filter((name) => name !== 'undeclared'))(
    '%s: Compose must see what was meant to change, and nothing else',
    async (name) => {
      const folder = path.join(scratch, name)
      await cp(path.join(projectsFolder, name), folder, { recursive: true })
      const before = await model(folder)
      const audit = async (...args: readonly string[]) =>
        execa(
          process.execPath,
          [path.join(product, 'dist', 'main.js'), 'vol', 'audit', '--fail-on=never', ...args],
          {
            cwd: folder,
            env,
          },
        )
      const { stdout: diff } = await audit('--fix', '--dry-run')
      expect(withoutWhatIsMeant(await model(folder))).toEqual(withoutWhatIsMeant(before))
      await audit('--fix')
      const after = await model(folder)
      expect(withoutWhatIsMeant(after)).toEqual(withoutWhatIsMeant(before))
      // What the dry run showed is what was done: taken back with patch, the first text is there again.
      if (diff !== '')
        await execa('patch', ['-p1', '--reverse', '--silent'], { cwd: folder, input: `${diff}\n` })
      await execa('diff', ['-r', path.join(projectsFolder, name), folder])
    },
  )

  test('a volume that is declared nowhere must be declared, so that Compose takes the project', async () => {
    const folder = path.join(scratch, 'undeclared')
    await cp(path.join(projectsFolder, 'undeclared'), folder, { recursive: true })
    const run = ['vol', 'audit', '--fix', '--fail-on=never']
    await execa(process.execPath, [path.join(product, 'dist', 'main.js'), ...run], { cwd: folder, env })
    const file = path.join(folder, 'compose.yaml')
    const { stderr } = await execa(bed.docker, ['compose', `--file=${file}`, 'config', '--quiet'], {
      env,
      reject: false,
    })
    // The other one is so like a declared one that a person has to say which is meant.
    expect(stderr).toContain('wiki_data')
    expect(stderr).not.toContain('assets')
  })
})
