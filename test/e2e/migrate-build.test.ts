/** A cluster of another major version is built from a copy, with nothing but the two images. */
import { expect, test } from 'vitest'
import { buildCluster } from '../../src/migrate/build/build.ts'
import type { PostgresServer } from '../../src/migrate/server.ts'
import { clusterIn, copyToBuildIn, worldOf } from './migration/build.ts'
import { query, startPostgres } from './native-server.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('migrate-build')

const rowsOf = async (server: PostgresServer) => {
  const said = await server.shell(
    `psql -XAtq -d postgres -c 'SELECT count(*), sum(id), md5(string_agg(name, $$,$$ ORDER BY id)) FROM rows'`,
  )
  expect(said.exitCode, said.stderr).toBe(0)
  return said.stdout
}

test('a cluster must be built from 15 to 17 by pg_upgrade', async () => {
  const { container, volume: source } = await startPostgres(bed, { major: 15 })
  await query(
    bed,
    container,
    'CREATE TABLE rows AS SELECT g AS id, md5(g::text) AS name FROM generate_series(1, 10000) g',
  )
  await bed.docker('kill', container)
  const volume = await copyToBuildIn(bed, source)
  const seen: string[] = []
  await buildCluster(
    {
      world: worldOf(bed),
      volume,
      operation: bed.name('build'),
      oldImage: bed.images.postgres15,
      newImage: { id: bed.images.postgres17 },
      cluster: await clusterIn(bed, volume, bed.images.postgres15),
      method: 'upgrade',
      jobs: 2,
      task: { update() {}, finish() {}, fail() {} },
    },
    {
      before: async (server) => void seen.push(await rowsOf(server)),
      after: async (server) => void seen.push(await rowsOf(server)),
    },
  )
  expect(seen[0]).toMatch(/^10000\|/)
  expect(seen[1]).toBe(seen[0])
  expect(await bed.shell(volume, 'cat new/PG_VERSION')).toBe('17\n')
})
