/** A manifest of a cluster finds every single thing that differs, and nothing where nothing does. */
import { beforeAll, describe, expect, test } from 'vitest'
import { checkWithAmcheck } from '../../src/migrate/prove/amcheck.ts'
import { compareManifests, unexplained } from '../../src/migrate/prove/compare.ts'
import { describeDifference } from '../../src/migrate/prove/describe.ts'
import { takeManifest, type Manifest } from '../../src/migrate/prove/manifest.ts'
import type { PostgresServer } from '../../src/migrate/server.ts'
import { everyChange } from './migration/every-change.ts'
import { fillWithEveryObject } from './migration/every-object.ts'
import { startOldServer, type OldServer } from './migration/preflight.ts'
import { programsFor } from './migration/programs.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('migrate-proof')

const environment = { POSTGRES_USER: 'app owner' }
const tablespace = '/tmp/tablespace'

/** What pg_dumpall leaves out; a migration brings it over by itself. */
const leftOut = `alter role all set idle_in_transaction_session_timeout = '1h';
  comment on database postgres is 'not the comment that it had';`

/** Copies one cluster into another as people do, with the programs of the second's version. */
async function copyByDump(from: PostgresServer, to: PostgresServer, target: OldServer): Promise<void> {
  await target.run(`mkdir -m 700 ${tablespace} && chown postgres ${tablespace}`)
  const { stdout, exitCode, stderr } = await from.shell('pg_dumpall -w')
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  const restored = await to.shell('psql -X -q -o /dev/null -d template1', { input: `${stdout}\n${leftOut}` })
  const errors = restored.stderr.split('\n').filter((line) => line.includes('ERROR'))
  expect(errors).toEqual([
    'ERROR:  role "app owner" already exists',
    'ERROR:  database "app owner" already exists',
  ])
}

const method = 'dump'

describe('a cluster of Postgres 17 and its copy', () => {
  let servers: readonly [OldServer, OldServer]
  let source: PostgresServer, copy: PostgresServer
  let before: Manifest

  beforeAll(async () => {
    servers = await Promise.all([
      startOldServer(bed, 17, { environment }),
      startOldServer(bed, 17, { environment }),
    ])
    const [one, other] = await programsFor(bed, 17, servers)
    if (one === undefined || other === undefined) throw new Error('two servers were asked for')
    ;[source, copy] = [one, other]
    await servers[0].run(`mkdir -m 700 ${tablespace} && chown postgres ${tablespace}`)
    await fillWithEveryObject({ ...source, shell: inServer(servers[0]) }, { tablespace })
    await copyByDump(source, copy, servers[1])
    before = await takeManifest(source, { method, jobs: 2 })
  })

  test('must be found equal, with every row in it', async () => {
    const after = await takeManifest(copy, { method, jobs: 2 })
    const differences = compareManifests(before, after, { method, fromMajor: 17, toMajor: 17 })
    expect(unexplained(differences).map(describeDifference)).toEqual([])
    for (const { kind, name } of differences) expect(`${kind} ${name}`).toMatch(/^rows shop\.by_mood_[012]$/)
    const rows = before.facts.filter(({ kind }) => kind === 'rows')
    expect(rows.length).toBeGreaterThan(35)
    expect(new Set(before.facts.map(({ kind }) => kind)).size).toBeGreaterThan(16)
    const customers = rows.find(({ database, name }) => database === 'shop' && name === 'shop.customers')
    expect(customers?.fields['rows']).toBe(300)
    expect(before.notCompared).toContain(
      'Foreign table shop.far_away of database "shop" has its rows elsewhere.',
    )
  })

  test('must be found to differ in every single thing that was changed', async () => {
    for (const [database, changes] of Map.groupBy(everyChange, (change) => change.database))
      await servers[1].sql(changes.map(({ sql }) => `${sql};`).join('\n'), database)
    const after = await takeManifest(copy, { method, jobs: 2 })
    const differences = unexplained(compareManifests(before, after, { method, fromMajor: 17, toMajor: 17 }))
    const found = differences.map(({ kind, name, field, change }) => `${kind} ${name}: ${field ?? change}`)
    for (const { finds } of everyChange) expect(found).toContain(finds)
  })

  test('must fail as a manifest, and not be taken for empty, where a table cannot be read', async () => {
    const [, target] = servers
    expect(await checkWithAmcheck(copy, { jobs: 2 })).toMatchObject({ did: 'good' })
    expect(await target.sql("select count(*) from pg_extension where extname = 'amcheck'", 'shop')).toBe('0')
    await target.sql(
      `create table lied (id int); insert into lied select generate_series(1, 100);
        create function twist(int) returns int language sql immutable as 'select $1';
        create index on lied (twist(id));
        create or replace function twist(int) returns int language sql immutable as 'select -$1'`,
      'nothing',
    )
    const verdict = await checkWithAmcheck(copy)
    expect(verdict).toMatchObject({ did: 'damaged' })
    expect(JSON.stringify(verdict)).toMatch(/lied/)
    const file = await target.sql("checkpoint; select pg_relation_filepath('shop.customers')", 'shop')
    await bed.docker('stop', target.container)
    await bed.docker('start', target.container)
    await expect
      .poll(async () => (await bed.tryDocker('exec', target.container, 'pg_isready', '-q')).exitCode, {
        timeout: 60_000,
      })
      .toBe(0)
    await target.run(`printf '%0100d' 1 | dd of="$PGDATA/${file}" conv=notrunc bs=100 count=1 2>/dev/null`)
    await expect(takeManifest(copy, { method })).rejects.toMatchObject({
      code: 'FAILED',
      message: expect.stringContaining('"shop"'),
    })
  })
})

test('a cluster of Postgres 13 and its copy in 18 must differ in nothing that has no reason', async () => {
  // The rules for logins are carried over with the settings, which nobody does here.
  const same = { ...environment, POSTGRES_HOST_AUTH_METHOD: 'md5' }
  const servers = await Promise.all([
    startOldServer(bed, 13, { environment: same }),
    startOldServer(bed, 18, { environment: same, at: '/var/lib/postgresql' }),
  ])
  const [source, copy] = await programsFor(bed, 18, servers)
  if (source === undefined || copy === undefined) throw new Error('two servers were asked for')
  await servers[0].run(`mkdir -m 700 ${tablespace} && chown postgres ${tablespace}`)
  await fillWithEveryObject({ ...source, shell: inServer(servers[0]) }, { tablespace })
  await copyByDump(source, copy, servers[1])
  const [before, after] = await Promise.all([
    takeManifest(source, { method, jobs: 2 }),
    takeManifest(copy, { method, jobs: 2 }),
  ])
  const differences = compareManifests(before, after, { method, fromMajor: 13, toMajor: 18 })
  expect(unexplained(differences).map(describeDifference)).toEqual([])
  const reasons = differences
    .filter(({ name }) => !name.startsWith('shop.by_mood_'))
    .map(({ legitimate }) => legitimate?.id ?? '')
  expect([...new Set(reasons)].toSorted((one, other) => one.localeCompare(other))).toEqual([
    'definition-words',
    'extension-version',
    'maintain-right',
    'membership-grantor',
    'new-setting',
  ])
})

/** The folder of a tablespace is made where the server is. */
function inServer(server: OldServer): PostgresServer['shell'] {
  return async (text, { arguments: given = [], input = '' } = {}) => {
    const script = ['sh', '-c', text, 'sh', ...given]
    const environmentOf = [`--env=PGUSER=${server.installUser}`, '--user=postgres']
    return await bed.tryDocker('exec', '--interactive', ...environmentOf, server.container, ...script, {
      input,
    })
  }
}
