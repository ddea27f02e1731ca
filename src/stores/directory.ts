import { homedir } from 'node:os'
import path from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { isVolError, VolError } from '../errors.ts'
import type { Descriptor } from '../snapshots/format.ts'
import { quoted } from '../snapshots/quoted.ts'
import { openBlob } from './blob-file.ts'
import {
  collectBlobs,
  removeDeadDrafts,
  removeDeadVolumes,
  removeIfEmpty,
  removeLockLeftOvers,
} from './collect.ts'
import { beginDraft } from './directory-draft.ts'
import { inStore, systemCode } from './failure.ts'
import { idOf, loadIndex, saveIndex } from './index-file.ts'
import { withLock } from './lock.ts'
import { inTrash, outOfTrash, withCheck } from './marks.ts'
import type { Places } from './places.ts'
import { checkStoreIsOurs, isLayout, placesOf, volumesIn } from './places.ts'
import type { Scan } from './scan.ts'
import { byId, scanVolume } from './scan.ts'
import type { Store } from './store.ts'
import { withoutExpired } from './trash.ts'
import { completeLayout } from './volume-directory.ts'

/** Where snapshots are kept when nothing else is said: beside Docker's own configuration. */
export function defaultStoreLocation(environment: Readonly<Record<string, string | undefined>>): string {
  const configuration = environment['DOCKER_CONFIG'] || path.join(homedir(), '.docker')
  return path.resolve(configuration, 'vol', 'snapshots')
}

/**
 * A store in a directory of this machine: one OCI image layout per volume, `<volume>/{oci-layout,index.json,
 * blobs/sha256/…}`, and `<volume>/tmp` for what is being written. The directory is made, with mode 0700, when the first
 * snapshot is. Processes may use it at the same time; a lock per volume is held while its list changes.
 */
export function directoryStore(location: string): Store {
  const store = path.resolve(location)

  function placesFor(volume: string | undefined): readonly Places[] {
    checkStoreIsOurs(store)
    if (volume === undefined) return volumesIn(store)
    const places = placesOf(store, volume)
    return isLayout(places) ? [places] : []
  }

  function placeOf(volume: string, id: string): Places {
    const [places] = placesFor(volume)
    if (places === undefined) throw notFound(volume, id)
    return places
  }

  async function scan(volume: string | undefined): Promise<Scan> {
    const scans: Scan[] = []
    for (const places of placesFor(volume)) {
      scans.push(scanVolume(places))
      await nextTurn()
    }
    return {
      snapshots: scans.flatMap((each) => each.snapshots).sort(byId),
      problems: scans.flatMap((each) => each.problems).sort(byId),
      trashed: scans.flatMap((each) => each.trashed).sort(byId),
    }
  }

  return {
    location: store,
    list: (volume) => inStore(store, async () => (await scan(volume)).snapshots),
    problems: (volume) => inStore(store, async () => (await scan(volume)).problems),

    trashed: (volume) => inStore(store, async () => (await scan(volume)).trashed),

    trash: ({ volume, id }, until) =>
      inStore(store, () => changeEntry(placeOf(volume, id), id, (entry) => inTrash(entry, until))),

    untrash: ({ volume, id }) => inStore(store, () => changeEntry(placeOf(volume, id), id, outOfTrash)),

    record: ({ volume, id, manifestDigest }, kind, result) =>
      inStore(store, () =>
        changeEntry(placeOf(volume, id), id, (entry) => {
          if (entry.digest !== manifestDigest) throw notFound(volume, id)
          return withCheck(entry, kind, result)
        }),
      ),

    begin: (volume) =>
      inStore(store, () => {
        checkStoreIsOurs(store)
        return beginDraft(store, placesOf(store, volume))
      }),

    open: (volume, descriptor) =>
      inStore(store, () => {
        checkStoreIsOurs(store)
        return Promise.resolve(openBlob(placesOf(store, volume), descriptor))
      }),

    remove: ({ volume, id }) =>
      inStore(store, async () => {
        const places = placeOf(volume, id)
        const freedBytes = await withLock(places.root, () => removeSnapshot(store, places, id))
        await removeIfEmpty(store, places)
        return { freedBytes }
      }),

    clean: (volume) =>
      inStore(store, async () => {
        const failures: unknown[] = []
        for (const places of placesFor(volume)) {
          await cleanVolume(store, places).catch((error: unknown) => failures.push(error))
        }
        removeDeadVolumes(store)
        // One volume that cannot be cleaned keeps no other from it.
        if (failures.length > 0) throw failures[0]
      }),
  }
}

/** Under the lock. */
async function removeSnapshot(store: string, places: Places, id: string): Promise<number> {
  const { entries } = loadIndex(places)
  const removed = entries.find((entry) => idOf(entry) === id)
  if (removed === undefined) throw notFound(places.volume, id)
  const kept = entries.filter((entry) => idOf(entry) !== id)
  return await keepOnly(store, places, kept, removed)
}

/** Under the lock: these entries are all that the volume has; gives the bytes freed, those of `first` before others. */
async function keepOnly(
  store: string,
  places: Places,
  kept: readonly Descriptor[],
  first?: Descriptor,
): Promise<number> {
  try {
    await saveOrThrow(store, places, kept)
    return await collectBlobs(places, kept, first?.digest)
  } catch (error) {
    if (!isVolError(error, 'NO_SPACE')) throw error
    // On a full disk there is no room for a new index before the blobs are gone. Dying between the two leaves a
    // snapshot that is listed as damaged and can be removed again.
    const freed = await collectBlobs(places, kept, first?.digest)
    await saveIndex(places, kept)
    return freed
  }
}

/** Changes what the index notes of one snapshot. */
function changeEntry(places: Places, id: string, change: (entry: Descriptor) => Descriptor): Promise<void> {
  return withLock(places.root, async () => {
    const { entries } = loadIndex(places)
    if (!entries.some((entry) => idOf(entry) === id)) throw notFound(places.volume, id)
    await saveIndex(
      places,
      entries.map((entry) => (idOf(entry) === id ? change(entry) : entry)),
    )
  })
}

function saveOrThrow(store: string, places: Places, kept: Parameters<typeof saveIndex>[1]): Promise<void> {
  return inStore(store, () => saveIndex(places, kept))
}

async function cleanVolume(store: string, places: Places): Promise<void> {
  removeDeadDrafts(places)
  try {
    await withLock(places.root, async () => {
      await completeLayout(places)
      const index = loadIndex(places)
      if (index.rebuilt) await saveIndex(places, index.entries)
      const kept = withoutExpired(places, index)
      if (kept.length < index.entries.length) await keepOnly(store, places, kept)
      else await collectBlobs(places, kept)
      removeLockLeftOvers(places)
    })
  } catch (error) {
    // Another process removed the empty volume meanwhile.
    if (systemCode(error) !== 'ENOENT') throw error
  }
  await removeIfEmpty(store, places)
}

function notFound(volume: string, id: string): VolError {
  return new VolError('SNAPSHOT_NOT_FOUND', `The store holds no snapshot ${quoted(`${volume}@${id}`)}.`)
}
