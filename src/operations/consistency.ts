import type { NativePlan, Possible } from '../databases/native/native.ts'
import { VolError } from '../errors.ts'
import { isAlive, type Container, type DatabaseFacts, type ObservedVolume } from '../facts.ts'
import { planHold, writersOf, type Hold } from '../holds/plan-hold.ts'

/** How a copy is to be made consistent; `none` is another word for `live`. */
export const consistencies = ['auto', 'native', 'stop', 'pause', 'live', 'none'] as const
export type WantedConsistency = (typeof consistencies)[number]

/** A volume that is to be copied, and, where somebody can write it, what is known of its contents. */
export type VolumeToCopy = ObservedVolume & {
  readonly databases?: readonly DatabaseFacts[]
  readonly native?: Possible<NativePlan>
}

/** How a volume is copied, with the reason. */
export type Choice =
  | { readonly method: 'idle' | 'live' | HeldMethod; readonly why: string }
  | { readonly method: 'native'; readonly why: string; readonly native: NativePlan }
export type HeldMethod = 'paused' | 'stopped'

/** Seconds that containers are paused at most, unless told otherwise: clients wait longer than that for little. */
export const longestPause = 30

/** Whether it matters for the choice what the volume holds. */
export function mustLookInside({ volume, consumers }: ObservedVolume, wanted: WantedConsistency): boolean {
  return wanted !== 'live' && wanted !== 'none' && writersOf(consumers, [volume.name]).length > 0
}

/** How a volume can be copied now, and why that way. Fails with BUSY, or when it cannot be copied as it is asked. */
export function chooseMethod(observed: VolumeToCopy, wanted: WantedConsistency): Choice {
  const { volume, consumers, helpers, native } = observed
  if (helpers.some((helper) => isWriter(helper, volume.name)))
    throw new VolError('BUSY', `Another docker vol command is writing the volume "${volume.name}".`)
  const writers = writersOf(consumers, [volume.name])
  if (wanted === 'live' || wanted === 'none')
    return {
      method: 'live',
      why:
        writers.length === 0
          ? 'asked for, though no running container has it writable'
          : `asked for, while ${listed(writers)} may write it`,
    }
  if (writers.length === 0) return { method: 'idle', why: idleBecause(consumers) }
  if ((wanted === 'auto' || wanted === 'native') && native?.possible === true)
    return { method: 'native', why: native.why, native: native.plan }
  const notNative = native?.possible === false ? native.why : 'it has no backup of its own'
  if (wanted === 'native')
    throw new VolError(
      'NOT_CONSISTENT',
      `The volume "${volume.name}" has no native backup now: ${notNative}.`,
      { suggestions: ['Leave --consistency out: its containers are held for a moment then.'] },
    )
  return heldMethod(observed, writers, wanted, notNative)
}

function heldMethod(
  { volume }: ObservedVolume,
  writers: readonly Container[],
  wanted: 'auto' | 'stop' | 'pause',
  notNative: string,
): Choice {
  const who = listed(writers)
  const network = networkFileSystem(volume.driver, volume.options)
  if (wanted === 'stop') return { method: 'stopped', why: `asked for; ${who} can write it` }
  if (wanted === 'pause') return { method: 'paused', why: `asked for; ${who} can write it` }
  if (network !== undefined)
    return {
      method: 'stopped',
      why: `${who} can write it; ${notNative}; on ${network} a paused container may keep what it wrote to itself`,
    }
  return { method: 'paused', why: `${who} can write it; ${notNative}` }
}

/** What the volume lies on, when that is another machine. */
export function networkFileSystem(
  driver: string,
  options: Readonly<Record<string, string>>,
): string | undefined {
  if (driver !== 'local') return `the volume driver "${driver}"`
  const type = options['type'] ?? ''
  return /^(nfs|nfs4|cifs|smb3?|9p|ceph|glusterfs|fuse\..*|sshfs)$/.test(type) ? type : undefined
}

/**
 * Whether most of a volume can be copied before anybody is held: what was written since must be known by its times,
 * which the kernel vouches for on a plain local volume only. On tmpfs a write to mapped memory moves no time.
 */
export function canBeCopiedBefore({ volume }: ObservedVolume): boolean {
  const { driver, options } = volume
  return driver === 'local' && (Object.keys(options).length === 0 || options['o'] === 'bind')
}

/** Who is held while these volumes are copied, all at one time. */
export function holdFor(
  volumes: readonly VolumeToCopy[],
  method: HeldMethod,
  maxSeconds: number | undefined,
): Hold {
  const containers = new Map(volumes.flatMap(({ consumers }) => consumers).map((each) => [each.id, each]))
  const names = volumes.map(({ volume }) => volume.name)
  return planHold([...containers.values()], {
    volumes: names,
    databases: volumes.filter(({ databases = [] }) => databases.length > 0).map(({ volume }) => volume.name),
    how: method === 'stopped' ? 'stop' : 'pause',
    maxSeconds: maxSeconds ?? (method === 'paused' ? longestPause : undefined),
    why: `nobody may write ${names.join(', ')} meanwhile`,
  })
}

/** Whether a container could change the volume now. A paused one could as soon as somebody lets it go on. */
export function isWriter(container: Container, volume: string): boolean {
  return isAlive(container) && container.mounts.some((mount) => mount.volume === volume && !mount.readOnly)
}

function idleBecause(consumers: readonly Container[]): string {
  if (consumers.length === 0) return 'no container mounts it'
  const readers = consumers.filter(({ state }) => state === 'running')
  if (readers.length > 0) return `the running ${listed(readers)} can only read it`
  return `${listed(consumers)} ${consumers.length === 1 ? 'is' : 'are'} not running`
}

/** `container "a"`, `containers "a" and "b"`. */
export function listed(containers: readonly Container[]): string {
  const names = containers.map(({ name }) => `"${name}"`)
  const last = names.pop() ?? ''
  return names.length === 0 ? `container ${last}` : `containers ${names.join(', ')} and ${last}`
}
