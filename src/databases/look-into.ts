import { isVolError } from '../errors.ts'
import type { DatabaseFacts, ObservedVolume } from '../facts.ts'
import type { Helper } from '../docker/docker.ts'
import type { World } from '../plan/world.ts'
import { lookMount, useHelper, withHelper } from '../volumes/session.ts'
import { databases } from './index.ts'
import { readSearch, wantedOf, withStarts } from './look-answers.ts'
import { readScript, searchScript } from './look-script.ts'
import type { Look, Marker } from './look.ts'
import { recogniseDatabases } from './recognise.ts'
import { headerBytes } from './sqlite.ts'

const markers: readonly Marker[] = [
  ...new Map(
    databases.flatMap((database) => database.markers).map((marker) => [marker.pattern, marker]),
  ).values(),
]
const search = searchScript(markers)

/**
 * Looks into a volume through a helper that has it mounted (`mount`: `volume` for most), in two short scripts that
 * end by themselves after some seconds. A look that fails finds nothing and is not complete; it never throws for what
 * the volume holds.
 */
export async function lookThrough(helper: Helper, mount: string): Promise<Look> {
  const [look] = await lookThroughAll(helper, [mount])
  return look ?? { files: new Map(), complete: false }
}

/** The same for many volumes that one helper has mounted; in their order. */
export async function lookThroughAll(helper: Helper, mounts: readonly string[]): Promise<readonly Look[]> {
  const folders = mounts.map((mount) => helper.path(mount))
  const { stdout } = await helper.run({ text: search, arguments: folders })
  const found = readSearch(stdout)
  const wanted = found.map((one) => wantedOf(one, markers, headerBytes))
  const names = wanted.flatMap((files, index) =>
    files.flatMap(({ bytes, path }) => [folders[index] ?? '', bytes.toString(), path]),
  )
  if (names.length === 0) return found
  const input = [Buffer.from(names.map((name) => `${name}\0`).join(''), 'latin1')]
  // Every line ends in a newline: what follows the last is none.
  const lines = (await helper.run({ text: readScript, arguments: [], input })).stdout.split('\n').slice(0, -1)
  let line = 0
  return found.map((one, index) => {
    const files = wanted[index] ?? []
    const own = lines.slice(line, (line += files.length))
    return withStarts(one, files, own)
  })
}

/**
 * The databases in a volume: looks inside through a helper of its own, which takes about a second. Where no helper
 * can be had without pulling an image, images and settings of the consumers alone tell (`recognisedBy` says so).
 */
export async function lookForDatabases(
  world: World,
  observed: ObservedVolume,
): Promise<readonly DatabaseFacts[]> {
  return await afterLook(world, observed, async (found) => found)
}

/** The same for who goes on with what was found while the helper ends: both are over when this is. */
export async function afterLook<Result>(
  world: World,
  { volume, consumers }: ObservedVolume,
  action: (databases: readonly DatabaseFacts[]) => Promise<Result>,
): Promise<Result> {
  const images = consumers.map(({ imageId }) => imageId)
  let look: Look | undefined
  let closed: Promise<void> | undefined
  try {
    const used = await useHelper(world, { reads: volume.name, images, pull: false }, (helper) =>
      lookThrough(helper, 'volume'),
    )
    look = used.result
    closed = used.closed
    closed.catch(() => undefined)
  } catch (error) {
    if (!isVolError(error, 'HELPER_IMAGE_NOT_FOUND')) throw error
  }
  try {
    return await action(recogniseDatabases(look, volume.name, consumers))
  } finally {
    await closed
  }
}

/** How many volumes one helper has mounted at once. */
const volumesAtOnce = 100

/**
 * Looks into many volumes, through one helper for a hundred of them. Those that cannot be looked into now are
 * missing in the answer: nothing is pulled for it, and no failure of docker is worth more than not knowing.
 */
export async function lookIntoAll(
  world: World,
  volumes: readonly Pick<ObservedVolume, 'volume' | 'consumers'>[],
): Promise<ReadonlyMap<string, Look>> {
  const looks = new Map<string, Look>()
  for (let first = 0; first < volumes.length; first += volumesAtOnce) {
    const some = volumes.slice(first, first + volumesAtOnce)
    const names = some.map(({ volume }) => volume.name)
    const images = [...new Set(some.flatMap(({ consumers }) => consumers.map(({ imageId }) => imageId)))]
    try {
      await withHelper(world, { looksInto: names, images, pull: false }, async (helper) => {
        const mounts = names.map((_, index) => lookMount(index))
        for (const [index, look] of (await lookThroughAll(helper, mounts)).entries())
          looks.set(names[index] ?? '', look)
      })
    } catch (error) {
      if (!isVolError(error)) throw error
      for (const name of names) looks.delete(name)
    }
  }
  return looks
}
