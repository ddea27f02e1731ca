/** Images with a server and no program that talks to one: psql, pg_dump and the like are those of the new image. */
import { expect, inject, test } from 'vitest'
import type { PostgresServer } from '../../src/migrate/server.ts'
import { oldPostgres } from '../bed/bed.ts'
import { expectDone, expectExit } from './checks.ts'
import { rounds, scenario } from './scenario.ts'

const bed = await scenario('dump-sources')
/** Each migrates twice, once to rehearse, and undoes it; an image may have to be made first. */
const patience = 900_000

/** Where a container mounts the volume, and what it is told of that. */
type Place = { readonly at: string; readonly environment?: Readonly<Record<string, string>> }

/** A server in a container, reached by the programs of an image from beside it. */
async function startedOn(
  volume: string,
  about: Place & { readonly image: string; readonly major: number; readonly programs: string },
): Promise<{ readonly server: PostgresServer; readonly container: string }> {
  const container = await bed.container({
    image: about.image,
    volumes: { [volume]: about.at },
    environment: { POSTGRES_PASSWORD: 'not secret', ...about.environment },
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
CREATE DOMAIN share AS float8 CHECK (value <= 1);
CREATE TYPE size AS (long float8, wide float4);
CREATE TABLE numbers (id int GENERATED ALWAYS AS IDENTITY, f4 float4 DEFAULT 0.1, f8 float8 DEFAULT '0.1'::float8,
  many float8[], part share, size size, place point, CHECK (f8 <> '1e308'::float8 / 3));
INSERT INTO numbers (f4, f8, many, part, size, place)
  SELECT n / 3.0, sqrt(n), ARRAY[n / 7.0::float8, NULL, 1e-300], 1 / (n + 0.1), row(n / 9.0, n / 11.0)::size, point(n / 3.0, n / 7.0)
  FROM generate_series(1, 500) n;
INSERT INTO numbers (f4, f8, many) VALUES ('NaN', 'inf'::float8 - 'inf'::float8, ARRAY['inf'::float8 - 'inf'::float8, '-0']),
  ('-0', '-Infinity', '{}'), (DEFAULT, DEFAULT, '{{0.1,0.2},{0.3,0.7}}');
CREATE MATERIALIZED VIEW roots AS SELECT id, f8, many FROM numbers WHERE f8 > '0.1'::float8;
CREATE INDEX ON numbers ((f8 * 0.1)) WHERE f8 > '0.7'::float8;
CREATE STATISTICS together (dependencies) ON f4, f8 FROM numbers;
CREATE TABLE measured (at date NOT NULL, value float8) PARTITION BY RANGE (at);
CREATE TABLE measured_2020 PARTITION OF measured FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
INSERT INTO measured SELECT '2020-01-01'::date + n, random() FROM generate_series(0, 365) n;
CREATE FUNCTION tenth(float8 DEFAULT 0.1) RETURNS float8 LANGUAGE sql STABLE AS 'SELECT $1 / 10';
CREATE AGGREGATE summed(float8) (sfunc = float8pl, stype = float8, initcond = '0.1');
CREATE VIEW tenths AS SELECT tenth(f8), rank() OVER (ORDER BY f8) FROM numbers WHERE f8 <> '0.3'::float8;
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TRIGGER stamps BEFORE UPDATE ON orders FOR EACH ROW EXECUTE PROCEDURE stamp();
CREATE RULE silent AS ON DELETE TO orders DO INSTEAD NOTHING;
ALTER TABLE orders ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON orders TO clerk USING (length(what) > 3);
GRANT SELECT (id), UPDATE (what) ON orders TO clerk WITH GRANT OPTION;
CREATE PUBLICATION everything FOR ALL TABLES;
COMMENT ON TABLE numbers IS 'exact';
SELECT lo_from_bytea(4711, decode(repeat('00ff', 5000), 'hex'));
SQL`

/** Every row of every database that lets somebody in, every role, as one set of programs prints them. */
const content = `set -e; cd /tmp
pg_dumpall --data-only --extra-float-digits=0 >data
pg_dumpall --roles-only >roles
psql -XAtq -d 'a shop' -c "select id, float4send(f4), case when f8 <> 'NaN' then float8send(f8) end, many[1] = n / 7.0::float8
  from numbers left join generate_series(1, 500) n on n = id order by id" | sha256sum
sed '/^.restrict /d; /^.unrestrict /d; /^-- Dumped /d' data | sha256sum
grep '^CREATE\\|^ALTER' roles`

type Way = {
  readonly from: number
  readonly to: 17 | 18
  readonly image: () => Promise<string> | string
  /** Before and after, where that is not usual. */
  readonly place?: Place
}

const below = { at: '/var/lib/postgresql', environment: { PGDATA: '/var/lib/postgresql/of_the_shop' } }

const ways: readonly Way[] = [
  { from: 14, to: 17, image: () => bed.images.postgres14 },
  { from: 16, to: 18, image: () => bed.images.postgres16, place: below },
  { from: 10, to: 18, image: () => oldPostgres(inject('bed'), 10) },
  // What changed in 11 and in 12 changes on the way from 10, too.
  ...(rounds(1) > 1
    ? [
        { from: 11, to: 17 as const, image: () => oldPostgres(inject('bed'), 11) },
        { from: 12, to: 18 as const, image: () => oldPostgres(inject('bed'), 12) },
      ]
    : []),
]

/** What 12 has no more, in a database of the user's, and how it goes. */
const traps = `psql -Xq -d 'a shop' -v ON_ERROR_STOP=1 -c 'CREATE TABLE counted (a int) WITH OIDS' -c 'CREATE TABLE ages (age abstime[])'`
const withoutTraps = `psql -Xq -d 'a shop' -v ON_ERROR_STOP=1 -c 'DROP TABLE counted, ages'`

test.each(ways)(
  'migrating $from to $to must bring everything over by dump',
  { timeout: patience },
  async ({ from, to, image, place }) => {
    const usual = { at: to >= 18 ? '/var/lib/postgresql' : '/var/lib/postgresql/data' }
    const programs = bed.images[`postgres${to}`]
    const volume = await bed.volume('data')
    const source = {
      image: await image(),
      major: from,
      ...(place ?? { at: '/var/lib/postgresql/data' }),
      programs,
    }
    const old = await startedOn(volume, source)
    await said(old.server, fill)
    const before = await said(old.server, content)
    expect(before).toMatch(/CREATE ROLE clerk/)

    if (from < 12) {
      await said(old.server, traps)
      const refused = await bed.vol('migrate', '--rehearse', '--method=dump', `--to=${programs}`, volume)
      expectExit(refused, 5)
      expect(refused.stdout).toMatch(/tables-with-oids.*public\.counted/)
      expect(refused.stdout).toMatch(/removed-type.*public\.ages\.age/)
      await said(old.server, withoutTraps)
    }
    const done = await bed.vol('migrate', '--yes', '--method=dump', `--to=${programs}`, volume)
    expect(expectDone(done)).toBe(`${volume}\n`)
    const { server, container } = await startedOn(volume, {
      image: programs,
      major: to,
      ...(place ?? usual),
      programs,
    })
    expect(await said(server, 'psql -XAtc "show server_version_num"')).toMatch(new RegExp(`^${to}`))
    expect(await said(server, content)).toBe(before)

    await bed.docker('rm', '--force', '--volumes', container)
    expectDone(await bed.vol('undo', '--yes', volume))
    await bed.docker('rm', '--force', '--volumes', old.container)
    expect(await said((await startedOn(volume, source)).server, content)).toBe(before)
  },
)
