/** What the checks before a migration find, and that they find nothing where there is nothing. */
import { expect, test } from 'vitest'
import type { MigrationFinding } from '../../src/migrate/finding.ts'
import { methodsLeft } from '../../src/migrate/preflight/preflight.ts'
import { fillWithEveryObject } from './migration/every-object.ts'
import { check, checkAtWork, startOldServer, withServer } from './migration/preflight.ts'
import { clusterFindings, clusterSql, databaseTraps, findings15, traps15 } from './migration/traps.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('preflight')

const soundServer = { environment: { POSTGRES_USER: 'shop owner', POSTGRES_DB: 'postgres' } }

/** As `ID DATABASE: MESSAGE`. */
function shown(findings: readonly MigrationFinding[]): readonly string[] {
  return findings.map(({ id, database = '', message }) => `${id} ${database}: ${message}`)
}

test('each known trap must have a finding of its own, with the database that it lies in', async () => {
  const old = await startOldServer(bed, 13, {
    settings: [
      'max_prepared_transactions=5',
      'operator_precedence_warning=off',
      'shared_preload_libraries=adminpack',
    ],
    environment: { POSTGRES_INITDB_ARGS: '--wal-segsize=64' },
  })
  await old.run(`localedef --no-archive -i de_DE -f UTF-8 /usr/lib/locale/de_DE.utf8; mkdir /elsewhere "$PGDATA/within"
    chown postgres /elsewhere "$PGDATA/within"; echo 'local all reader scram-sha-256' >>"$PGDATA/pg_hba.conf"`)
  // By its name alone it is known.
  await old.run(`extensions=$(dirname "$(find /usr/share/postgresql -name hstore.control | head -n 1)")
    echo "default_version = '1.0'" >"$extensions/timescaledb.control"; : >"$extensions/timescaledb--1.0.sql"`)
  await old.sql(databaseTraps.map(({ id }) => `create database "${id}";`).join('\n'))
  await old.sql(
    databaseTraps.map(({ id, sql }) => `\\set ON_ERROR_STOP on\n\\connect "${id}"\n${sql};\n`).join(''),
  )
  await old.sql(clusterSql)
  const findings = await check(bed, old, { to: 18 })
  const found = shown(findings)
  for (const { id, says } of databaseTraps) {
    const own = found.filter((one) => one.startsWith(`${id} ${id}: `))
    expect([id, ...own]).toEqual([id, expect.stringMatching(says)])
  }
  for (const { id, says } of clusterFindings)
    expect(found.filter((one) => one.startsWith(`${id} `))).toContainEqual(expect.stringMatching(says))
})

test('a database that cannot be asked must stand in the way, and the others be asked all the same', async () => {
  const old = await startOldServer(bed, 15)
  await old.sql('create database broken')
  await old.sql('create database "later on"')
  await old.sql('create table rights (who aclitem[])', 'later on')
  const folder = await old.sql(`select oid from pg_database where datname = 'broken'`)
  await old.run(`mv "$PGDATA/base/${folder}" /tmp/`)
  const findings = await check(bed, old, { to: 17 })
  const failed = findings.filter(({ id }) => id === 'database-not-asked')
  expect(failed).toMatchObject([
    {
      severity: 'blocker',
      database: 'broken',
      message: expect.stringMatching(/^It could not be asked: .*base/),
    },
  ])
  expect(shown(findings)).toContainEqual(expect.stringMatching(/^changed-type later on: /))
})

test('traps of 15 must be found on the way to 18, and nothing else', async () => {
  const locale = '--locale-provider=icu --icu-locale=en'
  const old = await startOldServer(bed, 15, {
    environment: { POSTGRES_USER: 'shop owner', POSTGRES_INITDB_ARGS: locale },
  })
  await old.sql(traps15)
  const findings = await check(bed, old, { to: 18 })
  const found = shown(findings)
  expect(findings.filter(({ severity }) => severity !== 'note').map(({ id }) => id)).toEqual(
    findings15.map(({ id }) => id),
  )
  for (const { id, says } of findings15)
    expect(found.filter((one) => one.startsWith(`${id} `))).toEqual([expect.stringMatching(says)])
})

test('nothing must stand in the way of a sound cluster of 13; at work its schema must be rehearsed, too', async () => {
  const old = await startOldServer(bed, 13, soundServer)
  await withServer(bed, old, 18, (server) => fillWithEveryObject(server))
  // Every kind of object includes a subscription and a password that is kept as MD5.
  const known = [
    'subscriptions',
    'mount-path',
    'md5-passwords',
    'no-checksums',
    'command-line-setting',
    'collation-changed',
  ]
  const onCopy = await check(bed, old, { to: 18 })
  expect(onCopy.map(({ id }) => id)).toEqual(known)
  expect(methodsLeft(onCopy)).toEqual(['upgrade', 'dump'])
  // Nothing but a rehearsal sees this one.
  await old.sql('create view last_one as select datlastsysoid from pg_database')
  const [refused, ...others] = await checkAtWork(bed, old, { to: 18 })
  expect(refused?.message).toMatch(/view public\.last_one: .*datlastsysoid/)
  expect(others).toEqual(onCopy)
})

test('a server that wants passwords of everybody must be asked with its own programs', async () => {
  const old = await startOldServer(bed, 17, soundServer)
  await withServer(bed, old, 17, (server) => fillWithEveryObject(server))
  const onCopy = await check(bed, old, { to: 17 })
  expect(onCopy.map(({ id }) => id)).toEqual(['subscriptions', 'md5-passwords', 'command-line-setting'])
  await old.run(
    `sed -i 's/\\(trust\\|peer\\)$/scram-sha-256/' "$PGDATA/pg_hba.conf"; gosu postgres pg_ctl reload >&2`,
  )
  const atWork = await checkAtWork(bed, old, { to: 17 })
  expect(atWork.filter(({ id }) => id !== 'local-passwords')).toEqual(onCopy)
  expect(atWork.map(({ id }) => id)).toContain('local-passwords')
})

test('data that lies in an anonymous volume must be found there, whichever version put it there', async () => {
  const above = await startOldServer(bed, 17, { at: '/var/lib/postgresql' })
  // Early images of 18 did not refuse this; a slash gets it past those of today.
  const early = await startOldServer(bed, 18, {
    at: '/var/lib/postgresql/data',
    environment: { PGDATA: '/var/lib/postgresql/18/docker/' },
  })
  for (const [old, to] of [
    [above, 18],
    [early, 18],
  ] as const) {
    const findings = await check(bed, old, { to })
    const mounts = await bed.docker('inspect', '--format', '{{json .Mounts}}', old.container)
    const [finding] = findings.filter(({ id }) => id === 'cluster-not-in-use')
    const anonymous = /in the volume ([0-9a-f]{64}), not in/.exec(finding?.message ?? '')?.[1]
    expect(mounts.stdout).toContain(`"Name":"${anonymous}"`)
    expect(finding?.cure).toBe(`docker vol migrate ${anonymous}`)
    expect(methodsLeft(findings)).toEqual([])
  }
})
