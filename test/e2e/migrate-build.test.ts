/** A cluster of another major version is built from a copy, with nothing but the two images. */
import { describe, expect, test } from 'vitest'
import { isVolError } from '../../src/errors.ts'
import { lookAtImage } from '../../src/migrate/look-at-image.ts'
import { buildCluster } from '../../src/migrate/build/build.ts'
import type { MigrationMethod } from '../../src/migrate/cluster.ts'
import { compareManifests, unexplained } from '../../src/migrate/prove/compare.ts'
import { describeDifference } from '../../src/migrate/prove/describe.ts'
import { takeManifest, type Manifest } from '../../src/migrate/prove/manifest.ts'
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

async function build(from: Major, to: Major, method: MigrationMethod) {
  const volume = await copyToBuildIn(bed, await sourceOf(from))
  const seen: Manifest[] = []
  const look = async (server: PostgresServer) =>
    void seen.push(await takeManifest(server, { method, jobs: 2 }))
  const built = await buildCluster(
    {
      world: worldOf(bed),
      volume,
      operation: bed.name('build'),
      oldImage: bed.images[`postgres${from}`],
      newImage: await lookAtImage(worldOf(bed), bed.images[`postgres${to}`]),
      cluster: await clusterIn(bed, volume, bed.images[`postgres${from}`]),
      method,
      jobs: 2,
      oldMountPath: data,
      task: { update() {}, finish() {}, fail() {} },
    },
    { before: look, after: look },
  ).catch((error: unknown) => {
    // What the programs said is what tells.
    throw isVolError(error) ? new Error(`${error.message}\n${error.output}`, { cause: error }) : error
  })
  const [before, after] = seen
  if (before === undefined || after === undefined) throw new Error('a hook was not called')
  return { volume, built, before, after }
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
      expect(before.facts.length).toBeGreaterThan(500)
      const differences = compareManifests(before, after, { method, fromMajor: from, toMajor: to })
      expect(unexplained(differences).map(describeDifference), method).toEqual([])
      expect(built.notes.filter((note) => !/made anew/.test(note))).toEqual([])
      expect(await bed.shell(volume, 'readlink new/pg_tblspc/*')).toMatch(
        /^\/var\/lib\/postgresql\/.*a tablespace\n$/,
      )
      expect(await bed.shell(volume, 'cat new/PG_VERSION')).toBe(`${to}\n`)
    }
  })
})
