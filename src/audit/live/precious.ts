import { holderOf, volumeOf, type Live, type LiveContainer, type LiveVolume } from './live.ts'
import { titleOf } from './what-it-holds.ts'

/**
 * The volumes of which somebody should have a copy, with what they hold: those in which a database that is no cache
 * keeps its data, and those of the project in which one was found. Anonymous ones are another matter.
 */
export function preciousVolumes(
  live: Live,
): readonly { readonly volume: LiveVolume; readonly what: string }[] {
  const served = new Map(
    live.containers.flatMap((container): readonly (readonly [LiveVolume, string])[] => {
      const volume = dataVolume(live, container)
      return volume === undefined ? [] : [[volume, container.database?.title ?? '']]
    }),
  )
  return live.volumes.flatMap((volume) => {
    if (volume.anonymous || volume.contents?.empty === true) return []
    const found = volume.contents?.databases.find(({ kind }) => !['sqlite', 'redis', 'valkey'].includes(kind))
    const what =
      served.get(volume) ?? (found === undefined || volume.uses.length === 0 ? undefined : titleOf(found))
    return what === undefined ? [] : [{ volume, what }]
  })
}

function dataVolume(live: Live, container: LiveContainer): LiveVolume | undefined {
  const { database } = container
  if (database?.directory === undefined || database.cache || database.rebuildable) return undefined
  const holder = holderOf(container, database.directory)
  return holder === undefined ? undefined : volumeOf(live, holder)
}

/** `9 days`, `1 hour`. */
export function daysAndHours(seconds: number): string {
  const [count, unit] =
    seconds >= 172_800 ? [Math.floor(seconds / 86_400), 'day'] : [Math.floor(seconds / 3600), 'hour']
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
