/** A cluster of another major version is built from a copy, with nothing but the two images. */
import { describe, expect, test } from 'vitest'
import { isVolError } from '../../src/errors.ts'
import { buildCluster } from '../../src/migrate/build/build.ts'
import type { MigrationMethod } from '../../src/migrate/cluster.ts'
import type { PostgresServer } from '../../src/migrate/server.ts'
import { clusterIn, copyToBuildIn, serverIn, worldOf } from './migration/build.ts'
import { fillWithEveryObject } from './migration/every-object.ts'
import { startPostgres } from './native-server.ts'
import { rounds, scenario } from './scenario.ts'

const bed = await scenario('migrate-build')
const data = '/var/lib/postgresql/data'

type Major = 13 | 15 | 17 | 18

const sources = new Map<Major, Promise<string>>()

/** A volume with every kind of object, whose server was killed. Of each major one. */
function sourceOf(major: Major): Promise<string> {
  const known = sources.get(major) ?? makeSource(major)
  sources.set(major, known)
  return known
}

async function makeSource(major: Major): Promise<string> {
  const { container, volume } = await startPostgres(bed, { major })
  await fillWithEveryObject(serverIn(bed, container, major), { tablespace: `${data}/a tablespace` })
  await bed.docker('kill', container)
  return volume
}

/** Every row of every database that can be read, and every role, as the new version's programs print them. */
async function contentOf(server: PostgresServer): Promise<string> {
  const { exitCode, stdout, stderr } = await server.shell(
    `set -e
    pg_dumpall --data-only >data
    pg_dumpall --roles-only >roles
    sed '/^.restrict /d; /^.unrestrict /d; /^-- Dumped /d' data | sha256sum
    grep -Ev '^(.restrict|.unrestrict|GRANT|$)' roles`,
  )
  expect(exitCode, stderr).toBe(0)
  return stdout
}

async function build(from: Major, to: Major, method: MigrationMethod) {
  const volume = await copyToBuildIn(bed, await sourceOf(from))
  const seen: string[] = []
  const built = await buildCluster(
    {
      world: worldOf(bed),
      volume,
      operation: bed.name('build'),
      oldImage: bed.images[`postgres${from}`],
      newImage: { id: bed.images[`postgres${to}`] },
      cluster: await clusterIn(bed, volume, bed.images[`postgres${from}`]),
      method,
      jobs: 2,
      oldMountPath: data,
      task: { update() {}, finish() {}, fail() {} },
    },
    {
      before: async (server) => void seen.push(await contentOf(server)),
      after: async (server) => void seen.push(await contentOf(server)),
    },
  ).catch((error: unknown) => {
    // What the programs said is what tells.
    throw isVolError(error) ? new Error(`${error.message}\n${error.output}`, { cause: error }) : error
  })
  return { volume, built, before: seen[0] ?? '', after: seen[1] ?? '' }
}

const pairs: readonly (readonly [Major, Major])[] = [
  [13, 15],
  [13, 17],
  [13, 18],
  [15, 17],
  [15, 18],
  [17, 18],
]

describe.each(pairs)('from %d to %d', (from, to) => {
  test('every kind of object must come through', async () => {
    const methods: readonly MigrationMethod[] = ['upgrade', 'dump']
    const first = pairs.findIndex((pair) => pair[0] === from && pair[1] === to) % 2
    for (let round = 0; round < Math.min(2, rounds(1)); round += 1) {
      const method = methods[(first + round) % 2] ?? 'dump'
      const { volume, built, before, after } = await build(from, to, method)
      console.log(method, built)
      expect(before).toMatch(/CREATE ROLE/)
      expect(after).toBe(before)
      expect(await bed.shell(volume, 'cat new/PG_VERSION')).toBe(`${to}\n`)
    }
  })
})
