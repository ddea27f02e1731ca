/** What Compose makes of a project before and after a migration changed its files: what was meant, and nothing else. */
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { realFiles } from '../../src/compose/files.ts'
import { resolveWithCompose } from '../../src/docker/compose.ts'
import type { ComposeChange } from '../../src/migrate/compose-change/change.ts'
import { diffOf, proposeChange } from '../../src/migrate/compose-change/propose.ts'
import { writeChange, type AskCompose } from '../../src/migrate/compose-change/write.ts'
import { projectsFolder } from '../audit/projects.ts'

const bed = inject('bed')
const environment = { ...process.env, ...bed.environment, DOCKER_HOST: 'unix:///there/is/no/engine.sock' }
let scratch = ''

beforeAll(async () => {
  scratch = await mkdtemp(path.join(tmpdir(), 'docker-vol-migrate-'))
})
afterAll(async () => rm(scratch, { recursive: true, force: true }))

type Mount = { readonly type: string; readonly source?: string; readonly target: string }
type Service = {
  readonly image?: string
  readonly environment?: Readonly<Record<string, string | null>>
  readonly volumes?: readonly Mount[]
}
type Model = {
  readonly name: string
  readonly services: Readonly<Record<string, Service>>
  readonly volumes: Readonly<Record<string, { readonly name?: string; readonly external?: boolean }>>
}

const ask: AskCompose = async (request) =>
  await resolveWithCompose(
    { command: bed.docker, globals: [], environment, signal: new AbortController().signal },
    request,
  )

/** Compose itself, called as a person would. */
async function model(folder: string, files: readonly string[]): Promise<Model> {
  const named = files.map((file) => `--file=${file}`)
  const command = ['compose', ...named, '--profile=*', '--all-resources', 'config', '--format=json']
  const { stdout } = await execa(bed.docker, command, { cwd: folder, env: environment })
  const parsed: Model = JSON.parse(stdout)
  return parsed
}

/** Every service that has a named volume where a Postgres of 17 or before keeps its data. */
const cases = [
  ['backups', 'db', ['compose.yaml']],
  ['django-dev', 'db', ['compose.yaml']],
  ['extends', 'db-eu', ['compose.yaml']],
  ['postgres-18-old-path', 'db', ['compose.yaml']],
  ['rails-anchors', 'db', ['compose.yaml']],
  ['swarm', 'db', ['compose.yaml']],
  ['vectors', 'old', ['compose.yaml']],
  ['vectors', 'timescale', ['compose.yaml']],
] as const

const place = { mountTarget: '/var/lib/postgresql', dataDirectory: '/var/lib/postgresql/19/docker' }

describe('the files of a project', () => {
  test.each(cases)(
    '%s, %s: Compose must see what was meant to change, and nothing else',
    async (...given) => {
      const [name, service, files] = given
      const folder = path.join(scratch, `${name}-${service}`)
      await cp(path.join(projectsFolder, name), folder, { recursive: true })
      const before = await model(folder, files)
      const was = before.services[service]
      const mount = was?.volumes?.find(
        ({ type, target }) => type === 'volume' && target.startsWith('/var/lib/postgresql'),
      )
      const key = mount?.source ?? ''
      const volume = before.volumes[key]?.name ?? ''
      expect(volume).not.toBe('')

      const change: ComposeChange = {
        ...place,
        volume,
        services: [service],
        image: 'example.org:5000/postgres:19',
        imageDataDirectory: place.dataDirectory,
        into: 'new_rows',
      }
      const proposal = await proposeChange(
        {
          project: before.name,
          files: files.map((file) => path.join(folder, file)),
          directory: folder,
          environmentFiles: [],
          services: [service],
        },
        change,
        { files: realFiles, environment, nameOf: (file) => path.relative(folder, file) },
      )
      expect(proposal.byHand).toEqual([])
      await writeChange(proposal, ask)

      const after = await model(folder, files)
      const { PGDATA: _, ...rest } = was?.environment ?? {}
      const moved =
        was?.environment?.['PGDATA'] === undefined ? rest : { ...rest, PGDATA: place.dataDirectory }
      expect(withMountsByPlace(after)).toEqual(
        withMountsByPlace({
          ...before,
          services: {
            ...before.services,
            [service]: {
              ...was,
              image: change.image,
              ...(was?.environment === undefined ? {} : { environment: moved }),
              volumes: (was?.volumes ?? []).map((each) =>
                each === mount ? { ...each, source: 'new_rows', target: place.mountTarget } : each,
              ),
            },
          },
          volumes: { ...before.volumes, new_rows: { name: 'new_rows', external: true } },
        }),
      )
      // What was printed is what was done: taken back with patch, the first text is there again.
      await execa('patch', ['-p1', '--reverse', '--silent'], { cwd: folder, input: diffOf(proposal) })
      await execa('diff', ['-r', path.join(projectsFolder, name), folder])
    },
  )
})

/** Mounts have no order. */
function withMountsByPlace(project: Model): Model {
  const services = Object.entries(project.services).map(([name, service]): [string, Service] => [
    name,
    service.volumes === undefined
      ? service
      : {
          ...service,
          volumes: service.volumes.toSorted((one, other) => (one.target < other.target ? -1 : 1)),
        },
  ])
  return { ...project, services: Object.fromEntries(services) }
}

test('a change that Compose reads otherwise than was meant must be taken back', async () => {
  const folder = await mkdtemp(path.join(scratch, 'otherwise-'))
  const file = path.join(folder, 'compose.yaml')
  const text =
    'name: shop\nservices:\n  db:\n    image: postgres:17\n    volumes: ["pgdata:/var/lib/postgresql/data"]\nvolumes:\n  pgdata:\n'
  await writeFile(file, text)
  const proposal = await proposeChange(
    { project: 'shop', files: [file], directory: folder, environmentFiles: [], services: ['db'] },
    {
      ...place,
      volume: 'shop_pgdata',
      services: ['db'],
      image: 'postgres:19',
      imageDataDirectory: place.dataDirectory,
    },
    { files: realFiles, environment, nameOf: (each) => path.basename(each) },
  )
  const [change] = proposal.changes
  const wrong = {
    ...proposal,
    changes: [{ path: file, name: '', before: text, after: `${change?.after} more:\n` }],
  }
  await expect(writeChange(wrong, ask)).rejects.toThrow('otherwise than was meant')
  expect(await readFile(file, 'utf8')).toBe(text)
  await writeChange(proposal, ask)
  expect(await readFile(file, 'utf8')).toBe(
    text.replace(':17', ':19').replace('/postgresql/data', '/postgresql'),
  )
})
