import { isVolError, VolError } from '../errors.ts'
import type { ProgressTaskPort } from '../plan/world.ts'
import type { BuildHooks } from './build/build.ts'
import type { Migration } from './migration.ts'
import { beginPhase } from './begin-phase.ts'
import { checkWithAmcheck } from './prove/amcheck.ts'
import { compareManifests, unexplained, type Difference } from './prove/compare.ts'
import { describeDifference } from './prove/describe.ts'
import { floatsBetween } from './prove/floats.ts'
import { takeManifest, type Manifest } from './prove/manifest.ts'

/** What was found equal, and how. */
export type Proof = {
  /** Tables and materialised views whose rows were compared. */
  readonly tables: number
  /** How many things were compared, a table's rows being one. */
  readonly facts: number
  /** What is not as it was, and rightly so. */
  readonly legitimate: readonly Difference[]
  /** What could not be compared, a sentence each. */
  readonly notCompared: readonly string[]
  /** What amcheck says of the new cluster. */
  readonly pages: string
}

export type Prover = {
  /** To be called while the old server answers, then while the new one does. */
  readonly hooks: BuildHooks
  /** What came of it. Fails when it was not made. */
  proof(): Proof
}

/** At most so many differences are told. */
const mostDifferences = 50

/**
 * Reads all of the old cluster and then of the new one, and holds the two against each other: every row, and everything
 * else that a superuser can see. Fails with MIGRATION_UNPROVEN at anything that is not as it was without a known reason, or
 * when the new cluster's pages are damaged; and with MIGRATION_REFUSED when the old ones are, where that is asked for.
 */
export function prover(
  { method, jobs, from, to, observed }: Migration,
  { task, isOldChecked }: { readonly task: ProgressTaskPort; readonly isOldChecked: boolean },
): Prover {
  let before: Manifest | undefined
  let proof: Proof | undefined
  let hasSettings = true
  const comparable = (manifest: Manifest): Manifest =>
    hasSettings ? manifest : { ...manifest, facts: manifest.facts.filter(({ kind }) => kind !== 'setting') }
  const progress = (text: string) => ({
    method,
    jobs,
    floats: floatsBetween({ from: from.major, to: to.major }),
    progress: ({ tables, of }: { readonly tables: number; readonly of: number }) =>
      task.update({ text: `${text}: table ${tables} of ${of}` }),
  })
  return {
    hooks: {
      before: async (server, withoutSettings) => {
        hasSettings = withoutSettings === undefined
        let unreadable: unknown
        try {
          before = await takeManifest(server, progress('reading the old cluster'))
        } catch (error) {
          if (!isOldChecked || !isVolError(error, 'FAILED')) throw error
          // Perhaps because of damage, of which amcheck knows more.
          unreadable = error
        }
        if (!isOldChecked) return
        beginPhase(task, 'looking for damage in the old cluster')
        const verdict = await checkWithAmcheck(server, { jobs, task })
        if (verdict.did === 'damaged')
          throw new VolError('MIGRATION_REFUSED', `The database in "${observed.volume.name}" is damaged.`, {
            output: verdict.said,
            suggestions: ['Nothing was changed. Mend it, or restore a good snapshot, before it is migrated.'],
          })
        if (unreadable !== undefined) throw unreadable
      },
      after: async (server) => {
        if (before === undefined) throw new Error('the old cluster was not read')
        const after = comparable(await takeManifest(server, progress('reading the new cluster')))
        const context = { method, fromMajor: from.major, toMajor: to.major }
        const differences = compareManifests(comparable(before), after, context)
        refuseDifferent(unexplained(differences))
        beginPhase(task, 'looking for damage in the new cluster')
        const verdict = await checkWithAmcheck(server, { jobs, task })
        if (verdict.did === 'damaged')
          throw new VolError('MIGRATION_UNPROVEN', 'The pages of the new cluster are damaged.', {
            output: verdict.said,
          })
        proof = {
          tables: after.facts.filter(({ kind }) => kind === 'rows').length,
          facts: after.facts.length,
          legitimate: differences.filter(({ legitimate }) => legitimate !== undefined),
          notCompared: [
            ...after.notCompared,
            ...(hasSettings
              ? []
              : ['settings in files: those of the old server name files that are not in the volume']),
          ],
          pages: verdict.about,
        }
      },
    },
    proof() {
      if (proof === undefined) throw new Error('nothing was proven')
      return proof
    },
  }
}

function refuseDifferent(differences: readonly Difference[]): void {
  if (differences.length === 0) return
  const told = differences.slice(0, mostDifferences).map((difference) => describeDifference(difference))
  const more = differences.length - told.length
  throw new VolError(
    'MIGRATION_UNPROVEN',
    `The migrated database differs from the old one in ${differences.length} ${differences.length === 1 ? 'thing' : 'things'}.`,
    { output: [...told, ...(more > 0 ? [`and ${more} more`] : [])].join('\n') },
  )
}
