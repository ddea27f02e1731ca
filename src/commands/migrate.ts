import { Args, Flags } from '@oclif/core'

import { carryOut } from '../cli/carry-out.ts'
import { VolCommand } from '../cli/command.ts'
import { dryRunFlag, formatFlag, progressFlag, quietFlag, settingsFlags, yesFlag } from '../cli/flags.ts'
import { demandCanBeAsked } from '../cli/confirm.ts'
import { leftByHand, proposeComposeChanges } from '../cli/migration-compose.ts'
import { findingsAsText, migrationReport } from '../cli/migration-report.ts'
import { openWorldToChange } from '../cli/world.ts'
import { observeVolumes } from '../docker/observe.ts'
import { VolError } from '../errors.ts'
import type { ContainerChanges } from '../migrate/compose-change/for-migration.ts'
import type { MigrationFinding } from '../migrate/finding.ts'
import { observeMigration } from '../migrate/observe.ts'
import type { Rehearsed } from '../migrate/rehearse.ts'
import { afterRehearsal, planMigration, questionOf, type PlannedMigration } from '../operations/migrate.ts'
import { migrationMethods } from '../operations/migration-method.ts'
import type { Outcome } from '../plan/execute.ts'
import { isDestructive } from '../plan/step.ts'
import type { World } from '../plan/world.ts'
import { checkVolumeName } from '../snapshots/volume-name.ts'

export default class Migrate extends VolCommand {
  static override summary = 'Move a Postgres volume to another version or image'
  static override description = `${this.summary}. The migration is rehearsed on a copy while the server runs, and only then asked about. For the real one the containers are stopped, another copy is migrated, and it is proven equal to the old database, row by row, and started by the new image; only that takes the place of the old contents, which are kept so that undo can take it back. Whatever fails before that, the volume is as it was and its containers go on.`
  static override examples = [
    'docker vol migrate pgdata --to postgres:18',
    'docker vol migrate --rehearse pgdata --to postgres:18',
    'docker vol migrate --write-compose --up pgdata --to postgres:18',
    'docker vol migrate --into pgdata18 pgdata --to postgres:18',
    'docker vol migrate --method dump pgdata --to postgres:17-alpine',
  ]
  static override args = {
    VOLUME: Args.string({ required: true, description: 'The volume that holds the database' }),
  }
  static override flags = {
    to: Flags.string({
      required: true,
      helpValue: 'IMAGE',
      description: 'The image to run it with from now on; pulled if it is not here',
    }),
    from: Flags.string({
      helpValue: 'IMAGE',
      description: 'The image that it was run with; that of its containers unless set',
    }),
    method: Flags.option({
      options: migrationMethods,
      default: 'auto' as const,
      description: 'How to do it: pg_upgrade, or dump and restore',
    })(),
    into: Flags.string({
      helpValue: 'VOLUME',
      description: 'Put the result into a new volume, and leave this one as it is',
    }),
    rehearse: Flags.boolean({ description: 'Only try it on a copy, and say how long it takes' }),
    'write-compose': Flags.boolean({
      description: 'Write the new image and mount into the Compose files, instead of showing what to change',
    }),
    up: Flags.boolean({
      description: 'With --write-compose: have Compose start the services again, with the new image',
    }),
    jobs: Flags.integer({
      char: 'j',
      min: 1,
      default: 2,
      helpValue: 'N',
      description: 'How many things to do at once',
    }),
    'dry-run': dryRunFlag,
    format: formatFlag,
    quiet: quietFlag,
    yes: yesFlag,
    progress: progressFlag,
    ...settingsFlags,
  }

  async run(): Promise<void> {
    const { flags, args } = await this.parse(Migrate)
    const { context } = this
    if (flags.into !== undefined) checkVolumeName(flags.into)
    for (const image of [flags.to, flags.from]) checkImageName(image)
    if (flags.up && !flags['write-compose'])
      throw new VolError('USAGE', '--up goes with --write-compose: Compose would start the old image.')
    // What is found out takes a while; nobody should wait for it in vain.
    if (!flags.rehearse && !flags['dry-run'] && flags.into === undefined) demandCanBeAsked(context, flags)
    const world = await openWorldToChange(context, flags, this.progress(flags))
    const planned = await this.plan(world, args.VOLUME, flags)
    const { migration } = planned.migrate
    const changes = await proposeComposeChanges(context, migration, flags.into)
    if (flags['write-compose']) refuseByHand(changes)
    const report = migrationReport(context, flags, changes)
    const tell = (outcome: Outcome) => report.tell(outcome)
    if (flags['dry-run']) {
      const { steps, notes } = planned
      await carryOut(
        context,
        world,
        { steps: flags.rehearse ? steps.slice(0, 1) : steps, notes },
        flags,
        tell,
      )
      await report.showFindings(planned.findings)
      await report.showChanges()
      return refuseBlocked(planned.blockers)
    }
    refuseBlocked(planned.blockers)
    if (!flags.rehearse && isDestructive(planned.migrate)) demandCanBeAsked(context, flags)
    const rehearsed = await this.rehearse(world, planned, flags, tell)
    if (flags.rehearse || rehearsed.tried === undefined) await report.finish()
    if (rehearsed.tried === undefined) throw blocked([])
    if (flags.rehearse) return
    const step = afterRehearsal(planned.migrate, rehearsed.migration)
    const question = questionOf(step, rehearsed.tried.downtime)
    await carryOut(context, world, { steps: [step] }, flags, tell, question)
    await report.finish()
  }

  private async plan(
    world: World,
    volume: string,
    flags: {
      readonly to: string
      readonly from?: string | undefined
      readonly into?: string | undefined
      readonly method: (typeof migrationMethods)[number]
      readonly jobs: number
      readonly 'dry-run': boolean
    },
  ): Promise<PlannedMigration> {
    const { to, from, into, method, jobs } = flags
    const [observed] = await observeVolumes(world.docker, [volume])
    if (observed === undefined) throw new Error('a volume was neither found nor missed')
    const facts = await observeMigration(world, observed, { to, from, pull: !flags['dry-run'] })
    const exists = into !== undefined && (await world.docker.volume(into)) !== undefined
    return planMigration(facts, {
      method,
      jobs,
      into: into === undefined ? undefined : { name: into, exists },
    })
  }

  private async rehearse(
    world: World,
    { steps: [step], notes }: PlannedMigration,
    flags: Parameters<typeof carryOut>[3],
    tell: Parameters<typeof carryOut>[4],
  ): Promise<Rehearsed> {
    let rehearsed: Rehearsed | undefined
    await carryOut(this.context, world, { steps: [step], notes }, flags, async (outcome) => {
      if (outcome.did === 'rehearsed') ({ rehearsed } = outcome)
      await tell(outcome)
    })
    if (rehearsed === undefined) throw new Error('nothing was rehearsed')
    return rehearsed
  }
}

/** What the running server has told already need not be found out once more on a copy. */
function refuseBlocked(blockers: readonly MigrationFinding[]): void {
  if (blockers.length > 0) throw blocked(blockers)
}

function blocked(blockers: readonly MigrationFinding[]): VolError {
  return new VolError(
    'MIGRATION_REFUSED',
    'This migration is not possible as long as the database is as it is.',
    blockers.length === 0 ? {} : { output: findingsAsText(blockers) },
  )
}

/** Docker would say so of each call that has it in it. */
function checkImageName(image: string | undefined): void {
  if (image !== undefined && !/^\w[\w./:@-]*$/.test(image))
    throw new VolError('USAGE', `"${image}" cannot be the name of an image.`)
}

function refuseByHand(changes: ContainerChanges): void {
  const left = leftByHand(changes)
  if (left.length > 0)
    throw new VolError(
      'MIGRATION_REFUSED',
      'The Compose files cannot be changed for this: part of it has to be done by hand.',
      { suggestions: [...left, 'Leave --write-compose out: what to change is shown in the end.'] },
    )
}
