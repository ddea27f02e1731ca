import type { DatabaseFacts, ObservedVolume } from '../facts.ts'
import type { StoredSnapshot } from '../snapshots/format.ts'
import type { Look } from './look.ts'
import { recogniseDatabases } from './recognise.ts'

/**
 * What a volume holds as far as it is known without looking: from the images of the containers that mount it, or
 * else from the last of its snapshots, if that is not older than the volume. A look, where there was one, decides.
 */
export function contentsOf(
  { volume, consumers }: Pick<ObservedVolume, 'volume' | 'consumers'>,
  snapshots: readonly StoredSnapshot[],
  look?: Look,
): readonly DatabaseFacts[] {
  const known = recogniseDatabases(look, volume.name, consumers)
  if (look !== undefined || known.length > 0) return known
  const last = snapshots.findLast(({ config }) => config.databases !== undefined)
  const made = Date.parse(volume.createdAt)
  return last === undefined || !(Date.parse(last.config.created) >= made) ? [] : (last.config.databases ?? [])
}

/**
 * Whether a helper can look into a volume without waiting for anything else: it is a plain local one. Mounting
 * another may need a server that does not answer.
 */
export function isPlainVolume({ volume }: Pick<ObservedVolume, 'volume'>): boolean {
  return volume.driver === 'local' && Object.keys(volume.options).length === 0
}

/** What a volume holds in a few words, each kind and version once: `postgres 17`; none when that is not known. */
export function inWords(databases: readonly DatabaseFacts[]): readonly string[] {
  return [
    ...new Set(databases.map(({ kind, version }) => (version === undefined ? kind : `${kind} ${version}`))),
  ]
}
