/** Images with a server and no program that talks to one: psql, pg_dump and the like are those of the new image. */
import { expect, test } from 'vitest'
import type { PostgresServer } from '../../src/migrate/server.ts'
import { expectDone } from './checks.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('dump-sources')
/** Each migrates twice, once to rehearse, and undoes it. */
const patience = 600_000

/** A server in a container, reached by the programs of an image from beside it. */
async function startedOn(
  volume: string,
  about: { readonly image: string; readonly major: number; readonly at: string; readonly programs: string },
): Promise<{ readonly server: PostgresServer; readonly container: string }> {
  const container = await bed.container({
    image: about.image,
    volumes: { [volume]: about.at },
    environment: { POSTGRES_PASSWORD: 'not secret' },
  })
  const beside = ['run', '--rm', '--interactive', '--pull=never', `--network=container:${container}`]
  const reach = ['--env=PGHOST=127.0.0.1', '--env=PGUSER=postgres', '--env=PGPASSWORD=not secret']
  const shell = ['--user=postgres', '--entrypoint=sh', about.programs, '-c']
  const server: PostgresServer = {
    major: about.major,
    installUser: 'postgres',
    shell: async (text, { arguments: args = [], input = '' } = {}) =>
      await bed.tryDocker(...beside, ...reach, ...shell, text, 'sh', ...args, { input }),
  }
  await said(
    server,
    'tries=0; until pg_isready -q; do sleep 0.3; tries=$((tries + 1)); [ $tries -lt 200 ] || exit 1; done',
  )
  return { server, container }
}

async function said(server: PostgresServer, text: string): Promise<string> {
  const { exitCode, stdout, stderr } = await server.shell(text)
  expect(exitCode, stderr).toBe(0)
  return stdout
}

const fill = `set -e
psql -Xq -v ON_ERROR_STOP=1 <<'SQL'
CREATE ROLE clerk LOGIN PASSWORD 'also not secret' VALID UNTIL '2030-01-01';
CREATE DATABASE "a shop" OWNER clerk;
\\connect "a shop"
CREATE EXTENSION hstore;
CREATE TABLE orders (id bigserial PRIMARY KEY, what text NOT NULL, more hstore, at timestamptz);
INSERT INTO orders (what, more, at) SELECT md5(n::text), hstore('n', n::text), to_timestamp(n) FROM generate_series(1, 5000) n;
CREATE INDEX ON orders (what);
SELECT lo_from_bytea(4711, decode(repeat('00ff', 5000), 'hex'));
SQL`

/** Every row of every database that lets somebody in, every role, as one set of programs prints them. */
const content = `set -e; cd /tmp
pg_dumpall --data-only >data
pg_dumpall --roles-only >roles
sed '/^.restrict /d; /^.unrestrict /d; /^-- Dumped /d' data | sha256sum
grep '^CREATE\\|^ALTER' roles`

test.each([
  { from: 14, to: 17, at: '/var/lib/postgresql/data' },
  { from: 16, to: 18, at: '/var/lib/postgresql' },
] as const)(
  'migrating $from to $to must bring everything over by dump',
  { timeout: patience },
  async ({ from, to, at }) => {
    const programs = bed.images[`postgres${to}`]
    const volume = await bed.volume('data')
    const source = {
      image: bed.images[`postgres${from}`],
      major: from,
      at: '/var/lib/postgresql/data',
      programs,
    }
    const old = await startedOn(volume, source)
    await said(old.server, fill)
    const before = await said(old.server, content)
    expect(before).toMatch(/CREATE ROLE clerk/)

    const done = await bed.vol('migrate', '--yes', '--method=dump', `--to=${programs}`, volume)
    expect(expectDone(done)).toBe(`${volume}\n`)
    const { server, container } = await startedOn(volume, { image: programs, major: to, at, programs })
    expect(await said(server, 'psql -XAtc "show server_version_num"')).toMatch(new RegExp(`^${to}`))
    expect(await said(server, content)).toBe(before)

    await bed.docker('rm', '--force', '--volumes', container)
    expectDone(await bed.vol('undo', '--yes', volume))
    await bed.docker('rm', '--force', '--volumes', old.container)
    expect(await said((await startedOn(volume, source)).server, content)).toBe(before)
  },
)
