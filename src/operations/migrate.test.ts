import { describe, expect, test } from 'vitest'
import { exampleContainer, exampleObserved, exampleVolume } from '../examples.ts'
import type { FoundCluster } from '../migrate/cluster-facts.ts'
import type { MigrationFinding } from '../migrate/finding.ts'
import type { PostgresImage } from '../migrate/migration.ts'
import type { MigrationFacts } from '../migrate/observe.ts'
import { renderPlan } from '../plan/render.ts'
import { isDestructive } from '../plan/step.ts'
import { afterRehearsal, planMigration, questionOf, type MigrationWish } from './migrate.ts'

const at = '/var/lib/postgresql/data'

function image(major: number, more: Partial<PostgresImage> = {}): PostgresImage {
  const dataDirectory = major < 18 ? at : `/var/lib/postgresql/${major}/docker`
  return {
    reference: `postgres:${major}`,
    id: `sha256:${major}`,
    major,
    version: `${major}.1`,
    libc: 'glibc',
    owner: '999:999',
    dataDirectory,
    volumes: [major < 18 ? at : '/var/lib/postgresql'],
    ...more,
  }
}

const cluster: FoundCluster = {
  major: 15,
  path: '.',
  systemIdentifier: '7480000000000000001',
  owner: '999:999',
  checksums: false,
  walSegmentBytes: 16_777_216,
  shutDown: false,
  libc: 'glibc',
  provenance: 'debian',
  serverArguments: [],
  walDirectory: undefined,
  tablespaces: [],
  isStandby: false,
}

const server = exampleContainer({
  environment: { PGDATA: at },
  mounts: [{ volume: 'pgdata', destination: at, readOnly: false }],
})

function facts(more: Partial<MigrationFacts> = {}, changed: Partial<FoundCluster> = {}): MigrationFacts {
  return {
    observed: {
      ...exampleObserved({ volume: exampleVolume(), consumers: [server] }),
      databases: [],
      native: { possible: false, why: 'this is a test' },
    },
    clusters: [{ ...cluster, ...changed }],
    from: [{ image: image(15), container: server }],
    to: image(17),
    findings: [],
    bytes: 1_000_000_000,
    freeBytes: 100_000_000_000,
    ...more,
  }
}

const wish: MigrationWish = { method: 'auto', jobs: 2 }
const blocker: MigrationFinding = {
  id: 'reg-columns',
  severity: 'blocker',
  blocks: ['upgrade'],
  message: 'It has columns of the type regproc.',
}

describe('a plan', () => {
  test('rehearses first; in place it stops everybody, and nobody goes on with the old image', () => {
    const { steps, migrate } = planMigration(facts(), wish)
    expect(renderPlan({ steps }).replaceAll(/ +#/g, ' #')).toMatchInlineSnapshot(`
      "   pause db meanwhile # paused, it can write nothing
      1. snapshot pgdata (paused), and try pg_upgrade from 15 to 17.1 on a copy of pgdata # both versions have glibc, so the files can be kept
         stop db # until its image is postgres:17; with the old one it cannot use the new files
      2. migrate a copy of pgdata to postgres:17 by pg_upgrade, and put it over the contents of pgdata, to be mounted at /var/lib/postgresql/data # container "db" must not write what the copy would lack; what it holds now is kept for docker vol undo
      "
    `)
    expect(migrate).toMatchObject({ hold: { writes: true, stays: true, volumes: ['pgdata'] } })
    expect(isDestructive(migrate)).toBe(true)
    expect(questionOf(migrate, 41_000)).toMatch(
      /^The contents .* "db" will be stopped .* about 41 seconds\. Cont/,
    )
  })

  test('into another volume lets containers go on when they were copied', () => {
    const { migrate } = planMigration(facts(), { ...wish, into: { name: 'pg17', exists: false } })
    expect(migrate).toMatchObject({ into: { name: 'pg17', driver: 'local' }, hold: { writes: false } })
    expect(migrate.hold.stays).toBeUndefined()
    expect(() => planMigration(facts(), { ...wish, into: { name: 'pg17', exists: true } })).toThrow(
      expect.objectContaining({ code: 'VOLUME_EXISTS' }),
    )
  })

  test('holds the volume also when nothing runs: somebody might start meanwhile', () => {
    const idle = { ...server, state: 'exited' as const }
    const observed = { ...facts().observed, consumers: [idle] }
    const { migrate } = planMigration(
      facts({ observed, from: [{ image: image(15), container: idle }] }),
      wish,
    )
    expect(migrate.hold).toMatchObject({ containers: [], volumes: ['pgdata'], stays: true })
  })

  test('for 18 mounts the volume a directory above', () => {
    const { migration } = planMigration(facts({ to: image(18) }), wish).migrate
    expect(migration.place).toMatchObject({ path: '18/docker', mountPath: '/var/lib/postgresql' })
  })

  test('takes the method that the rehearsal has settled on', () => {
    const { migrate } = planMigration(facts(), wish)
    expect(afterRehearsal(migrate, { ...migrate.migration, method: 'dump' }).migration.method).toBe('dump')
  })
})

const methodOf = (given: MigrationFacts, method: MigrationWish['method'] = 'auto') =>
  planMigration(given, { ...wish, method }).migrate.migration

describe('the method is', () => {
  test('pg_upgrade where the files can be kept, and a dump may take its place', () => {
    expect(methodOf(facts())).toMatchObject({ method: 'upgrade', orElse: 'dump' })
  })

  test.each([
    ['the C library is another', facts({ to: image(17, { libc: 'musl' }) })],
    ['the cluster was made on Alpine', facts({}, { libc: 'musl' })],
    [
      'what made it is not known',
      facts({ from: [{ image: image(15, { libc: 'unknown' }), container: server }] }, { libc: 'unknown' }),
    ],
    ['the server has told what pg_upgrade cannot take', facts({ findings: [blocker] })],
  ])('a dump when %s', (_, given) => {
    const migration = methodOf(given)
    expect(migration.method).toBe('dump')
    expect(migration.orElse).toBeUndefined()
  })

  test('what was asked for, even if that cannot be done; then it is said what stands in the way', () => {
    expect(methodOf(facts(), 'dump')).toMatchObject({ method: 'dump' })
    expect(planMigration(facts({ findings: [blocker] }), { ...wish, method: 'upgrade' }).blockers).toEqual([
      blocker,
    ])
    expect(planMigration(facts({ findings: [blocker] }), wish).blockers).toEqual([])
  })
})

describe('refused is', () => {
  test.each([
    ['a volume without a cluster', facts({ clusters: [] }), /no Postgres cluster/],
    ['one with several', facts({ clusters: [cluster, { ...cluster, path: 'old' }] }), /several/],
    ['a way back', facts({ to: image(14) }), /older version/],
    ['the image that it has', facts({ to: image(15) }), /very image/],
    [
      'what is too old',
      facts({ from: [{ image: image(9), container: server }] }, { major: 9 }),
      /begin with 10/,
    ],
    ['an odd place', facts({}, { path: 'my data' }), /a name that/],
    ['a standby', facts({}, { isStandby: true }), /standby/],
    ['WAL elsewhere', facts({}, { walDirectory: '/wal' }), /lies outside/],
    ['a tablespace elsewhere', facts({}, { tablespaces: ['/fast/disk'] }), /lie outside/],
  ])('%s', (_, given, message) => {
    expect(() => planMigration(given, wish)).toThrow(
      expect.objectContaining({ code: 'MIGRATION_REFUSED', message: expect.stringMatching(message) }),
    )
  })

  test('what has no room for a copy, and without the old image nothing can be done', () => {
    expect(() => planMigration(facts({ freeBytes: 500_000_000 }), wish)).toThrow(
      expect.objectContaining({ code: 'NO_SPACE' }),
    )
    expect(() => planMigration(facts({ from: [] }), wish)).toThrow(
      expect.objectContaining({ code: 'IMAGE_NOT_FOUND' }),
    )
  })

  test('a container that could not be started again', () => {
    const once = { ...server, autoRemove: true }
    const observed = { ...facts().observed, consumers: [once] }
    expect(() => planMigration(facts({ observed }), wish)).toThrow(
      expect.objectContaining({ code: 'VOLUME_IN_USE' }),
    )
  })
})
