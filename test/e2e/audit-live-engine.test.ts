/** `audit --all`, on an engine of its own: it looks at all there is, and others are at work on the usual one. */
import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { stringify } from 'yaml'
import { startSecondEngine, type SecondEngine } from '../bed/second-engine.ts'
import { foundBy, reportOf, saidBy, type AuditReport } from './audit-findings.ts'
import type { RunResult } from './running.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('audit-engine')
const image = bed.images.debian
const data = '/var/lib/postgresql/data'
let engine: SecondEngine
let lost = ''
let files: Readonly<Record<string, string>>
let report: AuditReport
let text: RunResult

const there = (...words: readonly string[]) => bed.docker(`--host=${engine.host}`, ...words)
const runs = (name: string, ...more: readonly string[]) =>
  there('run', '--detach', '--init', `--name=${name}`, ...more, image, 'sleep', 'infinity')

beforeAll(async () => {
  engine = await startSecondEngine(inject('bed'))
  // A real cluster, made on the usual engine and carried over: that one has the image of Postgres.
  const source = await bed.volume('cluster')
  await bed.container({
    image: bed.images.postgres17,
    name: `${source}-server`,
    volumes: { [source]: data },
    environment: { POSTGRES_PASSWORD: 'example' },
  })
  await waitFor(async () =>
    bed.docker(
      'exec',
      `${source}-server`,
      'psql',
      '--username=postgres',
      '--host=127.0.0.1',
      '--command=select 1',
    ),
  )
  await bed.docker('stop', `${source}-server`)

  // Somebody ran a database without naming a volume, and removed its container.
  await runs('old-db', `--volume=${data}`)
  lost = (await there('inspect', '--format', '{{(index .Mounts 0).Name}}', 'old-db')).stdout.trim()
  await execa(
    'sh',
    [
      '-c',
      '"$1" run --rm -v "$2:/v:ro" "$3" tar -C /v -c . | "$1" "--host=$4" exec -i old-db tar -C "$5" -x',
      'sh',
      inject('bed').docker,
      source,
      image,
      engine.host,
      data,
    ],
    { env: bed.environment },
  )
  await there('rm', '--force', 'old-db')

  await runs('keys', '--volume=/etc:/keys', '--mount=type=tmpfs,dst=/scratch')
  await runs('nameless', '--rm', '--volume=/srv/files')
  await there('exec', 'nameless', 'sh', '-c', 'echo >/srv/files/one')
  await runs('one', '--volume=shared:/data')
  await runs('two', '--mount=type=volume,src=shared,dst=/elsewhere')
  await runs('fine', '--volume=kept:/data', '--mount=type=volume,src=settings,dst=/settings,readonly')
  files = {
    shop: await project('shop', { volumes: ['/srv/files', 'data:/data'] }),
    other: await project('other', { volumes: ['/srv/files', 'data:/data'] }),
    gone: await project('gone', { volumes: ['/etc:/keys'] }),
    replaced: await project('replaced', { volumes: ['/etc:/keys'] }),
  }
  // One has its own word on what is found, one has lost its file, and at the place of one lies something else by now.
  await writeFile(
    path.join(path.dirname(files['other'] ?? ''), '.docker-vol.yaml'),
    'ignore:\n  - rule: anonymous-volume\n    service: app\n    reason: scratch\n',
  )
  await rm(files['gone'] ?? '')
  await writeFile(files['replaced'] ?? '', 'services:\n  web:\n    image: example/web\n')
  const result = await bed.tryDocker(`--host=${engine.host}`, 'vol', 'audit', '--all', '--format=json')
  report = reportOf(result)
  text = await bed.tryDocker(`--host=${engine.host}`, 'vol', 'audit', '--all', '--fail-on=never')
})
afterAll(async () => engine.stop())

/** Starts a project of one service on the engine; returns its file. */
async function project(name: string, more: object): Promise<string> {
  const folder = path.join(bed.folder, name)
  const file = path.join(folder, 'compose.yaml')
  const app = { image, pull_policy: 'never', init: true, command: ['sleep', 'infinity'], ...more }
  await mkdir(folder)
  await writeFile(file, stringify({ services: { app }, volumes: { data: null } }))
  await there('compose', '--progress=quiet', `--file=${file}`, 'up', '--detach')
  await there('exec', `${name}-app-1`, 'sh', '-c', 'mkdir -p /srv/files; echo >/srv/files/one')
  return file
}

async function waitFor(act: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; ; tries += 1)
    try {
      return void (await act())
    } catch (error) {
      if (tries > 100) throw error
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
}

test('it must be about all of the engine, and say which files it read and which it could not', () => {
  expect(report).toMatchObject({ Live: true, Project: null, Files: [files['other'], files['shop']] })
  expect(report.Notes).toEqual([
    expect.stringMatching(/project "gone" were not read.*There is no file ".*gone\/compose\.yaml"/),
    expect.stringMatching(/project "replaced" were not read.*replaced\/compose\.yaml does not describe them/),
  ])
})

/** What is found in the file of a project: rule, line and service. */
const within = (name: string) =>
  report.Findings.filter(({ File }) => File === files[name]).map(({ Rule, Line, Service }) =>
    [Rule, Line, Service].join(' '),
  )

describe('a project whose files are here must be audited as in its own folder:', () => {
  test('files and engine together, with places in its files', () => {
    expect(within('shop').toSorted()).toEqual(
      ['anonymous-volume 10 app', 'data-in-anonymous-volume 10 app', 'project-name-not-set 13 '].toSorted(),
    )
  })

  test('with the settings that lie beside it, and those alone', () => {
    expect(within('other').toSorted()).toEqual([
      'data-in-anonymous-volume 10 app',
      'project-name-not-set 13 ',
    ])
  })

  test('and what is alike in two projects must be told apart', () => {
    const prints = report.Findings.map(({ Fingerprint }) => Fingerprint)
    expect(new Set(prints).size).toBe(prints.length)
  })
})

test('a project whose files are not here must be looked at by its containers', () => {
  const found = report.Findings.filter(({ Rule }) => Rule === 'sensitive-host-path')
  expect(found.map(({ File }) => File).toSorted()).toEqual([
    'container gone-app-1',
    'container keys',
    'container replaced-app-1',
  ])
})

test('a lost anonymous volume must be found, with the database that is in it', () => {
  expect(foundBy(report, 'lost-database-volume')).toEqual([`warning ${lost}`])
  expect(saidBy(report, 'lost-database-volume', lost)).toMatch(
    /holds Postgres 17 \(last used 20\d\d-.*\), [\d.]+MB/,
  )
})

describe('containers of docker run must be looked at like services', () => {
  test('-v of a path that should not be shared', () => {
    expect(foundBy(report, 'sensitive-host-path')).toContain('error keys')
  })

  test('-v of a path without a source, which --rm takes along', () => {
    expect(foundBy(report, 'data-in-anonymous-volume')).toContain('info nameless')
    expect(saidBy(report, 'data-in-anonymous-volume', 'nameless')).toContain('--rm')
  })

  test('two of them that write one volume, by -v and by --mount', () => {
    expect(foundBy(report, 'volume-written-by-others')).toEqual(['info shared'])
    expect(saidBy(report, 'volume-written-by-others', 'shared')).toContain('one, two')
  })

  test('and what is as it should be must not be spoken of', () => {
    const about = report.Findings.map(({ Service, Volume }) => Service ?? Volume)
    for (const name of ['fine', 'kept', 'settings']) expect(about).not.toContain(name)
  })
})

test('people must see what each finding is about', () => {
  expect(text.exitCode).toBe(0)
  expect(text.stdout).toContain('container keys\n')
  expect(text.stdout).toMatch(/│ +- \/etc:\/keys/)
  expect(text.stdout).toContain(`volume ${lost}`)
})

test('nothing must be changed or left behind', async () => {
  const names = (await there('ps', '--all', '--format', '{{.Names}}')).stdout.trim().split('\n')
  expect(names.toSorted()).toEqual([
    'fine',
    'gone-app-1',
    'keys',
    'nameless',
    'one',
    'other-app-1',
    'replaced-app-1',
    'shop-app-1',
    'two',
  ])
  const volumes = (await there('volume', 'ls', '--quiet')).stdout.trim().split('\n')
  expect(volumes).toHaveLength(9)
})
