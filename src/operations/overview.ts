import type { Container, ObservedVolume, Volume } from '../facts.ts'
import type { StoredSnapshot } from '../snapshots/format.ts'
import { withoutUndoCopies } from '../snapshots/undo-copy.ts'

/** A volume with all that is known of it. */
export type Overview = {
  readonly volume: Volume
  readonly project: string | undefined
  /** Compose services that mount it, from the labels of its containers. */
  readonly services: readonly string[]
  readonly consumers: readonly Container[]
  readonly snapshots: readonly StoredSnapshot[]
  /** Bytes, when they were asked for and the engine knows them. */
  readonly size: number | undefined
}

/** Brings together what the engine and the store know, volume by volume, in the order of their names. */
export function overviewOf(
  observed: readonly ObservedVolume[],
  snapshots: readonly StoredSnapshot[],
  sizes: ReadonlyMap<string, number> = new Map(),
): readonly Overview[] {
  const ofVolume = new Map<string, StoredSnapshot[]>()
  for (const snapshot of withoutUndoCopies(snapshots)) {
    const list = ofVolume.get(snapshot.volume)
    if (list === undefined) ofVolume.set(snapshot.volume, [snapshot])
    else list.push(snapshot)
  }
  return observed
    .map(({ volume, consumers }) => ({
      volume,
      consumers,
      project: volume.labels['com.docker.compose.project'],
      services: [
        ...new Set(consumers.flatMap(({ labels }) => labels['com.docker.compose.service'] ?? [])),
      ].sort(),
      snapshots: ofVolume.get(volume.name) ?? [],
      size: sizes.get(volume.name),
    }))
    .sort((a, b) => (a.volume.name < b.volume.name ? -1 : 1))
}

/** The filters of `docker volume ls`, and `project`. Values of one key are alternatives, as docker has it. */
export const volumeFilters: Readonly<Record<string, (overview: Overview, value: string) => boolean>> = {
  name: ({ volume }, value) => volume.name.includes(value),
  driver: ({ volume }, value) => volume.driver === value,
  project: ({ project }, value) => project === value,
  dangling: ({ consumers }, value) => (consumers.length === 0) === /^(?:1|true)$/i.test(value),
  label({ volume }, value) {
    const [key = '', ...rest] = value.split('=')
    const label = Object.hasOwn(volume.labels, key) ? volume.labels[key] : undefined
    return label !== undefined && (rest.length === 0 || label === rest.join('='))
  },
}
