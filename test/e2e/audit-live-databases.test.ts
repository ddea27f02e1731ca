/** Defects of databases, made for real with real servers. */
import { stringify } from 'yaml'
import { writeFile } from 'node:fs/promises'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { auditOf, foundBy, saidBy, type AuditReport } from './audit-findings.ts'
import { statesOf } from './checks.ts'
import type { Compose } from './compose.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('audit-databases')

const postgres = (image: string, volumes: readonly string[], more: object = {}) => ({
  image,
  pull_policy: 'never',
  environment: { POSTGRES_PASSWORD: 'example' },
  volumes,
  ...more,
})
const redis = (volume: string) => ({
  image: bed.images.redis,
  pull_policy: 'never',
  volumes: [`${volume}:/data`],
})

let bad: Compose
let good: Compose
let found: AuditReport
let clean: AuditReport

/** Waits until the server has made its data directory and takes queries. */
async function serves(project: Compose, service: string): Promise<void> {
  const query = ['psql', '--username=postgres', '--host=127.0.0.1', '--command=select 1']
  await vi.waitFor(async () => project.exec(service, ...query), { timeout: 60_000, interval: 300 })
}

beforeAll(async () => {
  bad = await bed.compose({
    services: {
      // Since 18 the data is in /var/lib/postgresql/18/docker, before that in /var/lib/postgresql/data.
      new: postgres(bed.images.postgres18, ['new:/var/lib/postgresql/data']),
      old: postgres(bed.images.postgres17, ['old:/var/lib/postgresql']),
      layer: postgres(bed.images.postgres17, [], {
        environment: { POSTGRES_PASSWORD: 'example', PGDATA: '/srv/pgdata' },
      }),
      one: redis('twin'),
      two: redis('twin'),
      other: postgres(bed.images.postgres17, ['other:/var/lib/postgresql/data']),
    },
    volumes: { new: null, old: null, twin: null, other: null },
  })
  good = await bed.compose({
    services: {
      new: postgres(bed.images.postgres18, ['new:/var/lib/postgresql']),
      old: postgres(bed.images.postgres17, ['old:/var/lib/postgresql/data']),
      one: redis('one'),
      two: redis('two'),
    },
    volumes: { new: null, old: null, one: null, two: null },
  })
  await bad.run('up', '--detach')
  await good.run('up', '--detach')
  await Promise.all([serves(bad, 'other'), serves(bad, 'layer'), serves(bad, 'old')])
  await Promise.all([serves(good, 'new'), serves(good, 'old')])
  found = await auditOf(bed, bad)
  clean = await auditOf(bed, good)
})

describe('must be found on the engine:', () => {
  test('a Postgres 18 with its volume at the old path, and an older one with it at the new', () => {
    expect(foundBy(found, 'database-outside-its-volume')).toEqual(['error new', 'error old'])
    expect(saidBy(found, 'database-outside-its-volume', 'new')).toContain('/var/lib/postgresql/18/docker')
    expect(saidBy(found, 'database-outside-its-volume', 'old')).toMatch(
      /anonymous volume.*empty|anonymous volume/,
    )
  })

  test('the data of a database in an anonymous volume', () => {
    expect(foundBy(found, 'data-in-anonymous-volume')).toContain('error old')
  })

  test("the data of a database in the container's own layer, with its size", () => {
    expect(foundBy(found, 'data-in-container-layer')).toContain('error layer')
    expect(saidBy(found, 'data-in-container-layer', 'layer')).toMatch(/\/srv\/pgdata, \d+ files \([\d.]+MB/)
  })

  test('two servers that run on the same data', () => {
    expect(foundBy(found, 'volume-written-by-others')).toEqual(['error twin'])
    const names = saidBy(found, 'volume-written-by-others', 'twin')
    expect(names).toContain(`${bad.project}-one-1, ${bad.project}-two-1`)
  })

  test('a database without a snapshot', () => {
    expect(foundBy(found, 'snapshot-missing')).toContain('info other')
  })
})

test.each([
  'database-outside-its-volume',
  'data-in-anonymous-volume',
  'data-in-container-layer',
  'volume-written-by-others',
  'volume-of-another-major',
  'volume-changes-libc',
  'database-killed',
  'mount-hides-image-files',
  'mount-not-owned-by-user',
  'lost-database-volume',
])('%s must be silent about databases that run as they should', (rule) => {
  expect(foundBy(clean, rule)).toEqual([])
})

/** What an audit says once the file names another image for a server that runs as it should. */
async function withImage(image: string): Promise<AuditReport> {
  const services = { old: postgres(image, ['old:/var/lib/postgresql/data']) }
  await writeFile(good.file, stringify({ name: good.project, services, volumes: { old: null } }))
  return await auditOf(bed, good)
}

describe('what the file would start next:', () => {
  test('an image of another major than the volume holds must be found', async () => {
    const report = await withImage('postgres:16')
    expect(foundBy(report, 'volume-of-another-major')).toEqual(['error old'])
    expect(saidBy(report, 'volume-of-another-major', 'old')).toContain('holds Postgres 17')
  })

  test('an image with another C library than the volume was made with must be found', async () => {
    const report = await withImage('postgres:17-alpine')
    expect(foundBy(report, 'volume-changes-libc')).toEqual(['warning old'])
    expect(foundBy(report, 'volume-of-another-major')).toEqual([])
  })

  test('an image of the same major and kind must be fine', async () => {
    const report = await withImage('postgres:17-trixie')
    for (const rule of ['volume-changes-libc', 'volume-of-another-major'])
      expect(foundBy(report, rule)).toEqual([])
  })
})

test('a server that fails on the files of another major must be found, and one that was killed', async () => {
  const [other, layer] = ['other', 'layer'].map((service) => `${bad.project}-${service}-1`)
  const state = async (container = '') => (await statesOf(bed, container))[0]
  await bad.run('stop', 'other')
  const services = {
    other: postgres(bed.images.postgres15, ['other:/var/lib/postgresql/data']),
    layer: postgres(bed.images.postgres17, []),
  }
  // Whoever tries this again finds it dead.
  if ((await state(layer)) === 'running') await bad.run('kill', 'layer')
  await expect.poll(async () => await state(layer), { timeout: 20_000 }).toBe('exited')
  await writeFile(bad.file, stringify({ name: bad.project, services, volumes: { other: null } }))
  await bad.run('up', '--detach', '--no-deps', 'other')
  await expect.poll(async () => await state(other), { timeout: 60_000 }).toBe('exited')
  const report = await auditOf(bed, bad)
  expect(foundBy(report, 'volume-of-another-major')).toEqual(['error other'])
  expect(foundBy(report, 'database-killed')).toContain('info layer')
})
