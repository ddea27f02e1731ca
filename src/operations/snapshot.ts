import { VolError } from '../errors.ts'
import type { ExportStep, HeldSnapshotsStep, Plan, Step } from '../plan/step.ts'
import type { SnapshotSet } from '../snapshots/format.ts'
import {
  canBeCopiedBefore,
  chooseMethod,
  holdFor,
  type VolumeToCopy,
  type WantedConsistency,
} from './consistency.ts'

export type CopyWish = {
  readonly consistency: WantedConsistency
  /** Seconds that containers may be held at most. */
  readonly maxSeconds?: number | undefined
}

/**
 * A snapshot of each volume. Those whose containers have to be held are taken last and together, at one point in time.
 * `set` is what they belong to when they are those of a project.
 */
export function planSnapshot(volumes: readonly VolumeToCopy[], wish: CopyWish, set?: SnapshotSet): Plan {
  const steps: Step[] = []
  const inSet = set === undefined ? {} : { set }
  const held: (VolumeToCopy & HeldSnapshotsStep['volumes'][number])[] = []
  for (const observed of volumes) {
    const choice = chooseMethod(observed, wish.consistency)
    switch (choice.method) {
      case 'idle':
      case 'live':
        steps.push({ do: 'snapshot', observed, method: choice.method, ...inSet, why: choice.why })
        break
      case 'native': {
        const { native, why } = choice
        steps.push({
          do: 'snapshot-native',
          observed,
          databases: observed.databases ?? [],
          native,
          ...inSet,
          why,
        })
        break
      }
      case 'paused':
      case 'stopped':
        held.push({
          ...observed,
          observed,
          method: choice.method,
          why: choice.why,
          before: canBeCopiedBefore(observed),
        })
    }
  }
  if (held.length > 0) steps.push({ ...heldSnapshots(held, wish), ...inSet })
  return { steps }
}

/** One that must be stopped for one of the volumes is stopped for all: they are taken at the same time. */
function heldSnapshots(
  volumes: readonly (VolumeToCopy & HeldSnapshotsStep['volumes'][number])[],
  { maxSeconds }: CopyWish,
): HeldSnapshotsStep {
  const method = volumes.some((volume) => volume.method === 'stopped') ? 'stopped' : 'paused'
  return {
    do: 'snapshot-held',
    hold: holdFor(volumes, method, maxSeconds),
    volumes: volumes.map(({ observed, why, before }) => ({ observed, method, why, before })),
    why: [...new Set(volumes.map(({ why }) => why))].join('; '),
  }
}

/** A plain tar, compressed as the name of the file says. */
export function planExport(observed: VolumeToCopy, wish: CopyWish, output: string): Plan {
  const step: ExportStep = {
    do: 'export',
    observed,
    output,
    compression: compressionOf(output),
    ...methodOfPlainCopy(observed, wish),
  }
  return { steps: [step] }
}

/** How files are copied as they are: a backup by the database itself has other files. */
export function methodOfPlainCopy(
  observed: VolumeToCopy,
  wish: CopyWish,
): Pick<ExportStep, 'method' | 'hold' | 'why'> {
  if (wish.consistency === 'native')
    throw new VolError('USAGE', 'A native backup goes into a snapshot; this copies the files themselves.')
  const { databases } = observed
  const choice = chooseMethod(
    {
      ...observed,
      native: { possible: false, why: 'its files themselves are to be copied' },
      ...(databases === undefined ? {} : { databases }),
    },
    wish.consistency,
  )
  const { why } = choice
  switch (choice.method) {
    case 'idle':
    case 'live':
      return { method: choice.method, why }
    case 'paused':
    case 'stopped':
      return { method: choice.method, why, hold: holdFor([observed], choice.method, wish.maxSeconds) }
    case 'native':
      throw new Error('a native backup was chosen where none is possible')
  }
}

function compressionOf(output: string): ExportStep['compression'] {
  if (output === '-' || output.endsWith('.tar')) return 'none'
  if (/\.(?:tar\.gz|tgz)$/.test(output)) return 'gzip'
  if (/\.(?:tar\.zst|tzst)$/.test(output)) return 'zstd'
  throw new VolError('USAGE', `The name "${output}" does not say which kind of archive is meant.`, {
    suggestions: ['End it in .tar, .tar.gz or .tar.zst, or write - for a tar on standard output.'],
  })
}
