import { VolError } from '../errors.ts'
import { isAlive, type Container, type ObservedVolume } from '../facts.ts'
import type { ExportStep, Plan, SnapshotStep } from '../plan/step.ts'

export type WantedConsistency = 'auto' | 'live'

/** How a volume can be copied now, and why that way. Fails with VOLUME_IN_USE when it cannot, as it is asked. */
export function chooseMethod(
  observed: ObservedVolume,
  wanted: WantedConsistency,
): { readonly method: 'idle' | 'live'; readonly why: string } {
  const { volume, consumers, helpers } = observed
  const restoring = helpers.find((helper) => isWriter(helper, volume.name))
  if (restoring !== undefined)
    throw new VolError('BUSY', `Another docker vol command is writing the volume "${volume.name}".`)
  const writers = consumers.filter((container) => isWriter(container, volume.name))
  if (wanted === 'live')
    return {
      method: 'live',
      why:
        writers.length === 0
          ? 'asked for, though no running container has it writable'
          : `asked for, while ${listed(writers)} may write it`,
    }
  if (writers.length > 0)
    throw new VolError(
      'VOLUME_IN_USE',
      `The volume "${volume.name}" can be written meanwhile by ${listed(writers)}; a copy of a running database is no backup.`,
      {
        suggestions: [
          `docker stop ${writers.map(({ name }) => name).join(' ')}, then try again.`,
          'Add --consistency live to copy it all the same; files that change meanwhile are named.',
        ],
      },
    )
  return { method: 'idle', why: idleBecause(consumers) }
}

/** One snapshot for each volume, in the order in which they were named. */
export function planSnapshot(volumes: readonly ObservedVolume[], wanted: WantedConsistency): Plan {
  const steps = volumes.map((observed): SnapshotStep => ({
    do: 'snapshot',
    observed,
    ...chooseMethod(observed, wanted),
  }))
  return { steps }
}

/** A plain tar, compressed as the name of the file says. */
export function planExport(observed: ObservedVolume, wanted: WantedConsistency, output: string): Plan {
  const step: ExportStep = {
    do: 'export',
    observed,
    output,
    compression: compressionOf(output),
    ...chooseMethod(observed, wanted),
  }
  return { steps: [step] }
}

function compressionOf(output: string): ExportStep['compression'] {
  if (output === '-' || output.endsWith('.tar')) return 'none'
  if (/\.(?:tar\.gz|tgz)$/.test(output)) return 'gzip'
  if (/\.(?:tar\.zst|tzst)$/.test(output)) return 'zstd'
  throw new VolError('USAGE', `The name "${output}" does not say which kind of archive is meant.`, {
    suggestions: ['End it in .tar, .tar.gz or .tar.zst, or write - for a tar on standard output.'],
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
