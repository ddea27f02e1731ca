/** Databases that keep their data in a folder of the host: taken with the project, and restored into a volume. */
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { expectDone, expectExit, startedAt, statesOf } from './checks.ts'
import { query } from './native-server.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('project-binds')
const data = '/var/lib/postgresql/data'

type Taken = {
  readonly Reference: string
  readonly Volume: string
  readonly Consistency: string
  readonly Set: { readonly Reference: string; readonly Volumes: readonly string[] }
}

/** A project whose Postgres has its data in a folder beside the file. */
async function startProject() {
  const project = await bed.compose({
    services: {
      db: {
        image: bed.images.postgres17,
        pull_policy: 'never',
        environment: { POSTGRES_PASSWORD: 'not-secret' },
        volumes: [`./pgdata:${data}`],
        healthcheck: { test: ['CMD', 'pg_isready', '--host=127.0.0.1'], interval: '500ms', retries: 120 },
      },
      web: {
        image: bed.images.debian,
        pull_policy: 'never',
        init: true,
        command: ['sleep', 'infinity'],
        volumes: ['uploads:/uploads'],
      },
    },
    volumes: { uploads: null },
  })
  const folder = path.join(project.folder, 'pgdata')
  await mkdir(folder)
  await project.up()
  const container = (await project.run('ps', '--quiet', 'db')).stdout.trim()
  await query(bed, container, 'create table item as select generate_series(1, 1000) as number')
  return { project, container, folder }
}

/** What a server finds that is started on a volume. */
async function itemsIn(volume: string): Promise<string> {
  const container = await bed.container({
    image: bed.images.postgres17,
    volumes: { [volume]: data },
    environment: { POSTGRES_PASSWORD: 'not-secret' },
    more: ['--network=none'],
  })
  await expect
    .poll(async () => (await bed.tryDocker('exec', container, 'pg_isready', '--quiet')).exitCode, {
      timeout: 60_000,
    })
    .toBe(0)
  return await query(bed, container, 'select count(*) from item')
}

test('a database in a bind mount must be taken when it is asked for, and come back in a volume', async () => {
  const { project, container, folder } = await startProject()
  const words = ['--file', project.file, '-p', project.project]
  const without = expectDone(await bed.vol('snapshot', '--dry-run', ...words))
  expect(without).toMatch(/# db keeps its data in .*pgdata, a bind mount: it is not covered; --include-binds/)
  const plan = expectDone(await bed.vol('snapshot', '--dry-run', '--include-binds', ...words))
  expect(plan).not.toContain('not covered')
  expect(plan).toContain(`is ${folder} of db, a bind mount.`)

  const before = await startedAt(bed, container)
  for (const [consistency, named] of [
    ['auto', words],
    ['pause', ['--project', project.project]],
  ] as const) {
    const output = expectDone(
      await bed.vol('snapshot', '--format=json', '--include-binds', `--consistency=${consistency}`, ...named),
    )
    const taken: readonly Taken[] = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const of = taken.find(({ Volume }) => Volume.includes('_db_'))
    const { Reference: reference = '', Volume: name = '' } = of ?? {}
    expect(of?.Consistency).toBe(consistency === 'auto' ? 'native' : 'paused')
    expect(new Set(of?.Set.Volumes)).toEqual(new Set([name, project.volume('uploads')]))
    const [shown] = JSON.parse(expectDone(await bed.vol('show', reference)))
    expect(shown.Config.folder).toEqual({ path: folder, service: 'db', destination: data })
    expect(shown.Config.consumers).toMatchObject([{ service: 'db', destination: data }])

    expectExit(await bed.vol('restore', '--yes', reference), 5, '--into')
    const copy = bed.name('restored')
    expectDone(await bed.vol('restore', '--quiet', '--into', copy, reference))
    expect(await itemsIn(copy)).toBe('1000')
  }
  // The folder is told of and left alone; what is a volume of the set comes back.
  const restored = await bed.vol('restore', '--yes', '--project', `${project.project}@latest`)
  expect(expectDone(restored)).toBe(`${project.volume('uploads')}\n`)
  expect(restored.stderr).toContain(`${folder} is not written`)
  expect(await startedAt(bed, container)).toBe(before)
  expect(await statesOf(bed, container)).toEqual(['running'])
  const { exitCode } = await bed.tryDocker('volume', 'inspect', `${project.project}_db`)
  expect(exitCode).toBe(1)
})

test('bind mounts must be asked for with a project', async () => {
  expectExit(await bed.vol('snapshot', '--include-binds', 'volume'), 2, '--include-binds goes with')
})
