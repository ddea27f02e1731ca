import { isVolError, type VolError } from '../errors.ts'
import type { World } from '../plan/world.ts'
import { bootSnapshot, type BootVerdict } from './boot.ts'
import type { StoredSnapshot } from './format.ts'
import { formatReference } from './reference.ts'
import type { CheckKind, CheckResult } from './verification.ts'
import { verifySnapshot } from './verify.ts'

/** What is known of a snapshot after it was checked. */
export type Checked = {
  readonly reference: string
  readonly whole: boolean
  /** What is wrong; empty when it is whole. */
  readonly damage: string
  /** What came of booting it, or why that cannot be done here; undefined when it was not tried. */
  readonly boot: BootVerdict | VolError | undefined
}

/**
 * Checks the bytes of a snapshot, or all of it by booting it, which reads every byte as well. What was found is kept
 * beside the snapshot; that it cannot be kept is told, and no failure.
 */
export async function checkSnapshot(
  world: World,
  snapshot: StoredSnapshot,
  options: { readonly boot: boolean; readonly image: string | undefined },
): Promise<Checked> {
  const reference = formatReference(snapshot)
  const boot = options.boot ? await tryToBoot(world, snapshot, options.image) : undefined
  if (boot === undefined || 'code' in boot || boot.did === 'nothing') {
    const verdict = await verifySnapshot(world, snapshot)
    await record(world, snapshot, 'bytes', verdict.whole, verdict.whole ? everyByte : verdict.damage)
    if (!verdict.whole) return { reference, whole: false, damage: verdict.damage, boot: undefined }
    return { reference, whole: true, damage: '', boot }
  }
  // Nothing comes of a boot but from bytes that are those of the snapshot.
  await record(world, snapshot, 'bytes', true, everyByte)
  const whole = boot.did === 'good'
  await record(world, snapshot, 'boot', whole, boot.about)
  return { reference, whole, damage: whole ? '' : boot.about, boot }
}

const everyByte = 'every byte against its digest, every file against the list'

/** Damaged bytes, and that no image is here, leave the bytes to be checked by themselves. */
async function tryToBoot(
  world: World,
  snapshot: StoredSnapshot,
  image: string | undefined,
): Promise<BootVerdict | VolError | undefined> {
  try {
    return await bootSnapshot(world, snapshot, image)
  } catch (error) {
    if (isVolError(error, 'SNAPSHOT_DAMAGED')) return undefined
    if (isVolError(error, 'IMAGE_NOT_FOUND')) return error
    throw error
  }
}

async function record(
  world: World,
  snapshot: StoredSnapshot,
  kind: CheckKind,
  good: boolean,
  about: string,
): Promise<void> {
  const result: CheckResult = { at: new Date().toISOString(), good, about }
  try {
    await world.store.record(snapshot, kind, result)
  } catch (error) {
    world.signal.throwIfAborted()
    if (!isVolError(error)) throw error
    const reference = formatReference(snapshot)
    world.progress.message(`What was found of ${reference} could not be kept: ${error.message}`)
  }
}
