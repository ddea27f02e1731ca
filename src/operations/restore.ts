import { VolError } from '../errors.ts'
import { isAlive, type Container, type NewVolume, type ObservedVolume } from '../facts.ts'
import { planHold, type Hold } from '../holds/plan-hold.ts'
import type { ImportStep, Plan, RestorePathsStep, RestoreStep } from '../plan/step.ts'
import { formatReference } from '../snapshots/reference.ts'
import type { StoredSnapshot } from '../snapshots/format.ts'
import { listed } from './consistency.ts'

/** What is known of the volume that is to be restored into; undefined when it is not there. */
export type Target = {
  readonly name: string
  readonly observed: ObservedVolume | undefined
  /** Whether it was looked into and holds nothing. */
  readonly empty: boolean
}

/** The whole of a snapshot, into its own volume or another. */
export function planRestore(snapshot: StoredSnapshot, target: Target): Plan {
  refuseFolder(snapshot, target)
  const step: RestoreStep = {
    do: 'restore',
    snapshot,
    volume: target.name,
    images: imagesFor(target, snapshot),
    ...placeFor(target, snapshot),
  }
  return { steps: [step] }
}

/** Single files and directories of a snapshot, into a volume that keeps everything else. */
export function planRestorePaths(snapshot: StoredSnapshot, target: Target, paths: readonly string[]): Plan {
  refuseFolder(snapshot, target)
  const place = placeFor(target, snapshot)
  const step: RestorePathsStep = {
    do: 'restore-paths',
    snapshot,
    volume: target.name,
    images: imagesFor(target, snapshot),
    paths: outermost(paths),
    why: `asked for; everything else in the volume stays${place.hold === undefined ? '' : `; ${place.hold.why}`}`,
    ...(place.make === undefined ? {} : { make: place.make }),
    ...(place.hold === undefined ? {} : { hold: place.hold }),
  }
  return { steps: [step] }
}

/** What was never a volume goes into one that is named, and is not made one by accident; folders are not written. */
function refuseFolder(snapshot: StoredSnapshot, { name }: Target): void {
  const { folder } = snapshot.config
  if (folder === undefined || name !== snapshot.volume) return
  throw new VolError(
    'VOLUME_CONFLICT',
    `${formatReference(snapshot)} is of the folder ${folder.path} of the host, which is not written.`,
    { suggestions: [`docker vol restore --into VOLUME ${formatReference(snapshot)}`] },
  )
}

/** Without what lies below another of them, and comes with it. */
function outermost(paths: readonly string[]): readonly string[] {
  const all = [...new Set(paths)]
  return all.filter((path) => !all.some((other) => path.startsWith(`${other}/`)))
}

/** A tar that was made by anyone. */
export function planImport(from: string, target: Target, allowDevices: boolean): Plan {
  const step: ImportStep = {
    do: 'import',
    from,
    volume: target.name,
    images: imagesFor(target),
    allowDevices,
    ...placeFor(target),
  }
  return { steps: [step] }
}

type Place = {
  readonly make?: NewVolume
  readonly hold?: Hold
  readonly replace: boolean
  readonly why: string
}

/** Into a new volume, or over one; who uses that is stopped meanwhile. Whether it is empty is seen when it is opened. */
function placeFor(target: Target, snapshot?: StoredSnapshot): Place {
  const { name, observed } = target
  if (observed === undefined)
    return { make: newVolume(name, snapshot), replace: false, why: 'there is no volume of this name' }
  // One that was made and never started has nobody any more; or its name tells when it is opened.
  const busy = observed.helpers.find(({ state }) => state !== 'created')
  if (busy !== undefined)
    throw new VolError(
      'BUSY',
      `Another docker vol command works on the volume "${name}" (container "${busy.name}").`,
    )
  const running = observed.consumers.filter(isAlive)
  if (running.length > 0) {
    const hold = holdOf(name, running)
    return { hold, replace: true, why: `the volume is there; ${hold.why}` }
  }
  if (target.empty) return { replace: false, why: 'the volume is there and empty' }
  return { replace: true, why: 'the volume is there and nothing that runs uses it' }
}

/** A sentence for a question about a plan: who will be stopped; empty when nobody is. */
export function meanwhile({ steps }: Plan): string {
  const held = steps.flatMap((step) => ('hold' in step ? (step.hold?.containers ?? []) : []))
  if (held.length === 0) return ''
  const names = `${held.length === 1 ? 'Container' : 'Containers'} ${held.map(({ name }) => `"${name}"`).join(', ')}`
  if (steps.some((step) => 'hold' in step && step.hold?.stays === true))
    return ` ${names} will be stopped and stay so.`
  return ` ${names} will be stopped for a moment and started again.`
}

/** Stops what runs, since it has the old files open. Fails with VOLUME_IN_USE when that cannot be done for all. */
function holdOf(volume: string, running: readonly Container[]): Hold {
  const why = `${listed(running)} ${running.length === 1 ? 'has its files open, and is' : 'have its files open, and are'} stopped while they are switched, then started again`
  const open = 'it has the files open that are replaced'
  return holdToStop(volume, running, { writes: true, why, each: open })
}

/**
 * A hold that stops every container that concerns it, for the reason that `each` gives. Fails with VOLUME_IN_USE when one
 * of them cannot be stopped and started again. `writes` is as in Hold.
 */
export function holdToStop(
  volume: string,
  running: readonly Container[],
  { writes, why, each }: { readonly writes: boolean; readonly why: string; readonly each: string },
): Hold {
  const hold = planHold(running, { volumes: [volume], how: 'stop', writes, databases: [volume], why })
  const obstacles = running.flatMap((container) => {
    const planned = hold.containers.find(({ id }) => id === container.id)
    if (container.state !== 'running' && container.state !== 'restarting')
      return [`"${container.name}" is ${container.state}`]
    return planned === undefined || planned.how === 'stop' ? [] : [`of "${container.name}": ${planned.why}`]
  })
  if (obstacles.length > 0)
    throw new VolError(
      'VOLUME_IN_USE',
      `The volume "${volume}" is in use by ${listed(running)}, which cannot be stopped and started again: ${obstacles.join('; ')}.`,
      {
        suggestions: [`docker stop ${running.map((container) => container.name).join(' ')}, then try again.`],
      },
    )
  return { ...hold, containers: hold.containers.map((container) => ({ ...container, why: each })) }
}

/** Labels that would harm a volume that is made anew (facts/docker.md 6.4). */
const staleLabels = new Set([
  // Compose offers to recreate, and so to empty, a volume whose hash is not that of its file.
  'com.docker.compose.config-hash',
  // A prune without -a removes what carries it.
  'com.docker.volume.anonymous',
])

/** The volume as it was; under another name without what ties it to a Compose project. */
function newVolume(name: string, snapshot: StoredSnapshot | undefined): NewVolume {
  if (snapshot === undefined) return { name, driver: 'local', options: {}, labels: {} }
  const { volume } = snapshot.config
  const renamed = name !== volume.name
  const labels = Object.fromEntries(
    Object.entries(volume.labels).filter(
      ([label]) => !staleLabels.has(label) && !(renamed && label.startsWith('com.docker.compose.')),
    ),
  )
  if (renamed) return { name, driver: 'local', options: {}, labels }
  if (volume.redactedOptions.length > 0)
    throw new VolError(
      'VOLUME_CONFLICT',
      `The volume "${name}" had secrets in its driver options, which ${formatReference(snapshot)} does not hold.`,
      {
        suggestions: [
          `Make the volume with docker volume create, or with your Compose file, then restore into it.`,
          `Or restore --into another volume.`,
        ],
      },
    )
  return { name, driver: volume.driver, options: volume.options, labels }
}

/** Images that were used with the volume, now or when the snapshot was taken. */
function imagesFor({ observed }: Target, snapshot?: StoredSnapshot): readonly string[] {
  const now = observed?.consumers.map(({ imageId }) => imageId) ?? []
  const then = snapshot?.config.consumers.flatMap(({ imageId, image }) => [imageId, image]) ?? []
  return [...now, ...then]
}
