import { VolError } from '../errors.ts'
import type { ProgressTaskPort, World } from '../plan/world.ts'
import { arrange, setRestApart, type WorkVolume } from './working-copy.ts'
import { bootTarget, type Booted } from './boot-target.ts'
import { buildCluster, type BuildHooks, type Built } from './build/build.ts'
import type { Migration } from './migration.ts'
import { beginPhase } from './begin-phase.ts'
import { prover, type Proof } from './prover.ts'

/** A migrated volume that was tried, and is exactly what the user's volume shall be. */
export type Tried = {
  readonly built: Built
  readonly booted: Booted
  readonly proof: Proof
  readonly timings: readonly Timing[]
}

export type Timing = { readonly phase: string; readonly milliseconds: number }

export type TrialRequest = {
  readonly work: WorkVolume
  readonly migration: Migration
  /** Images to start helpers from, besides the one that is asked for. */
  readonly images: readonly string[]
  readonly task: ProgressTaskPort
  /** What is asked of the old server before anything else. Whatever it throws ends the trial. */
  readonly ask?: BuildHooks['after']
  /** Whether damage is looked for in the old cluster, too. */
  readonly isOldChecked: boolean
}

/**
 * Builds the new cluster from the copy in the folder `old` of a volume, makes that volume what the migrated one shall be,
 * proves it equal to the
 * old one, and starts it as a container of the new image would.
 */
export async function buildAndBoot(world: World, request: TrialRequest): Promise<Tried> {
  const { work, migration, images, task, ask, isOldChecked } = request
  const { cluster, from, to, method, jobs, place, oldMountPath } = migration
  const proving = prover(migration, { task, isOldChecked })
  const timings: Timing[] = []
  let since = performance.now()
  const done = (phase: string) => {
    timings.push({ phase, milliseconds: Math.round(performance.now() - since) })
    since = performance.now()
  }
  const isApart = cluster.path !== '.' && (cluster.tablespaces ?? []).length === 0
  if (isApart) await setRestApart(world, work, migration, images)
  const built = await buildCluster(
    {
      world,
      ...work,
      oldImage: from.id,
      newImage: to,
      cluster,
      method,
      jobs,
      task,
      finalDataDirectory: place.dataDirectory,
      oldMountPath,
      images,
    },
    {
      before: async (server, withoutSettings) => {
        await ask?.(server)
        await proving.hooks.before(server, withoutSettings)
      },
      after: (server) => proving.hooks.after(server),
    },
  )
  for (const timing of built.timings) timings.push(timing)
  since = performance.now()
  if (built.dataDirectory !== 'new')
    throw new VolError('FAILED', `The new cluster is in ${built.dataDirectory}, where nobody looks for it.`)
  beginPhase(task, 'putting it in its place')
  if (!isApart && cluster.path !== '.') await setRestApart(world, work, migration, images)
  await arrange(world, work, migration, built.owner, images)
  done('arrange')
  beginPhase(task, `starting ${to.reference}`)
  const booted = await bootTarget(world, work, migration, built.owner)
  done('start')
  return { built, booted, proof: proving.proof(), timings }
}
