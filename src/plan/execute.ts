import type { Hold } from '../holds/plan-hold.ts'
import { withHold } from '../holds/with-hold.ts'
import type { Migrated } from '../migrate/migrate.ts'
import type { Rehearsed } from '../migrate/rehearse.ts'
import { printableText } from '../tar/name.ts'
import type { StoredSnapshot } from '../snapshots/format.ts'
import { formatReference } from '../snapshots/reference.ts'
import { restorePaths } from '../snapshots/restore-paths.ts'
import { restoreSet } from '../snapshots/restore-set.ts'
import { restoreVolume } from '../snapshots/restore-volume.ts'
import { snapshotHeld } from '../snapshots/snapshot-held.ts'
import { snapshotNative } from '../snapshots/snapshot-native.ts'
import { snapshotVolume } from '../snapshots/snapshot-volume.ts'
import { cloneVolume } from '../volumes/clone.ts'
import { exportVolume } from '../volumes/export.ts'
import { importArchive } from '../volumes/import.ts'
import type { Plan, RestoreSetStep, Step } from './step.ts'
import type { World } from './world.ts'

/** What came of a step. */
export type Outcome =
  | { readonly did: 'snapshot'; readonly snapshot: StoredSnapshot }
  | {
      readonly did: 'exported'
      readonly volume: string
      readonly output: string
      readonly warnings: readonly string[]
    }
  | {
      readonly did: 'restored'
      readonly volume: string
      readonly from: string
      /** What the volume held before, when there was something. */
      readonly undoCopy?: StoredSnapshot | undefined
      readonly warnings: readonly string[]
    }
  | { readonly did: 'removed'; readonly reference: string; readonly freedBytes: number; readonly why: string }
  | { readonly did: 'kept' | 'untrashed'; readonly reference: string; readonly why: string }
  | { readonly did: 'rehearsed'; readonly rehearsed: Rehearsed }
  | { readonly did: 'migrated'; readonly migrated: Migrated }
  | { readonly did: 'started'; readonly containers: readonly string[] }
  | { readonly did: 'trashed'; readonly reference: string; readonly until: string; readonly why: string }

/** Carries out a plan, step by step, deciding nothing; tells each outcome as soon as it is there. */
export async function execute(
  world: World,
  plan: Plan,
  told: (outcome: Outcome) => Promise<void>,
): Promise<void> {
  for (const step of plan.steps) {
    world.signal.throwIfAborted()
    if (step.do === 'snapshot-held')
      await snapshotHeld(world, step, (snapshot) => told({ did: 'snapshot', snapshot }))
    else if (step.do === 'restore-set')
      for (const outcome of await carryOutSet(world, step)) await told(outcome)
    else {
      await told(await carryOut(world, step))
      const started = step.do === 'restore' ? (step.hold?.starts ?? []) : []
      if (started.length > 0) await told({ did: 'started', containers: started.map(({ name }) => name) })
    }
  }
}

async function carryOutSet(world: World, step: RestoreSetStep): Promise<readonly Outcome[]> {
  const all = await restoreSet(world, step)
  return step.restores.flatMap(({ volume, snapshot }, index): Outcome[] => {
    const filled = all[index]
    return filled === undefined
      ? []
      : [{ did: 'restored', volume, from: formatReference(snapshot), ...filled }]
  })
}

type SingleStep = Exclude<Step, { readonly do: 'snapshot-held' | 'restore-set' }>

/** Does something while the containers of a step are held, if any are to be. */
async function holding<Result>(
  world: World,
  { hold }: { readonly hold?: Hold },
  action: (world: World) => Promise<Result>,
): Promise<Result> {
  return hold === undefined ? await action(world) : await withHold(world, hold, (held) => action(held.world))
}

async function carryOut(world: World, step: SingleStep): Promise<Outcome> {
  switch (step.do) {
    case 'snapshot':
      return { did: 'snapshot', snapshot: await snapshotVolume(world, step) }
    case 'snapshot-native': {
      const { observed, databases, native: plan, why, set } = step
      return {
        did: 'snapshot',
        snapshot: await snapshotNative(world, { observed, plan, why, databases, set }),
      }
    }
    case 'export':
      return {
        did: 'exported',
        volume: step.observed.volume.name,
        output: step.output,
        warnings: await holding(world, step, (held) => exportVolume(held, step)),
      }
    case 'restore': {
      const filled = await restoreVolume(world, step)
      return { did: 'restored', volume: step.volume, from: formatReference(step.snapshot), ...filled }
    }
    case 'restore-paths': {
      const filled = await restorePaths(world, step)
      const from = `${formatReference(step.snapshot)}: ${step.paths.map(printableText).join(', ')}`
      return { did: 'restored', volume: step.volume, from, ...filled }
    }
    case 'import':
      return {
        did: 'restored',
        volume: step.volume,
        from: step.from,
        ...(await importArchive(world, step)),
      }
    case 'clone':
      return {
        did: 'restored',
        volume: step.to,
        from: step.observed.volume.name,
        warnings: await holding(world, step, (held) => cloneVolume(held, step)),
      }
    case 'remove-snapshot':
      return {
        did: 'removed',
        reference: formatReference(step),
        why: step.why,
        ...(await world.store.remove(step)),
      }
    case 'keep-snapshot':
      return { did: 'kept', reference: formatReference(step), why: step.why }
    case 'trash-snapshot':
      await world.store.trash(step, new Date(step.until))
      return { did: 'trashed', reference: formatReference(step), until: step.until, why: step.why }
    // A third of all code, of which no other command wants to know when it starts.
    case 'rehearse-migration': {
      const { rehearseMigration } = await import('../migrate/rehearse.ts')
      return { did: 'rehearsed', rehearsed: await rehearseMigration(world, step) }
    }
    case 'migrate': {
      const { migrateVolume } = await import('../migrate/migrate.ts')
      return { did: 'migrated', migrated: await migrateVolume(world, step) }
    }
    case 'untrash-snapshot':
      await world.store.untrash(step)
      return { did: 'untrashed', reference: formatReference(step), why: step.why }
  }
}
