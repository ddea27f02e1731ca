import { Args, Flags } from '@oclif/core'

import { carryOut } from '../cli/carry-out.ts'
import { VolCommand } from '../cli/command.ts'
import { completeSnapshots } from '../cli/completions.ts'
import { parseDuration } from '../cli/duration.ts'
import { parseFilters, passes } from '../cli/filters.ts'
import {
  dryRunFlag,
  filterFlag,
  formatFlag,
  quietFlag,
  settingsFlags,
  undoKeepFlag,
  yesFlag,
} from '../cli/flags.ts'
import { pruneQuestion, pruneReport } from '../cli/prune-report.ts'
import { readSettings } from '../cli/settings.ts'
import { openWorld, silent } from '../cli/world.ts'
import { ofVolumesThat, planPrune, planUndelete, snapshotFilters } from '../operations/prune.ts'
import { keepsSomething } from '../operations/retention.ts'
import { VolError } from '../errors.ts'
import type { Plan } from '../plan/step.ts'
import type { World } from '../plan/world.ts'
import { nothingOfVolume } from '../snapshots/reference.ts'
import { checkVolumeName } from '../snapshots/volume-name.ts'
import { findReference } from '../stores/find.ts'

const count = (what: string) => Flags.integer({ min: 0, helpValue: 'N', description: what })

export default class Prune extends VolCommand {
  static override summary = 'Remove the snapshots that no rule keeps'
  static override description = `${this.summary}, volume by volume. A snapshot stays when any rule keeps it; days are those of UTC. Only good ones count; what is damaged is left alone, and undo copies go by their age. The newest one of a volume always stays, and so does the last verified one unless --force is given. What stays keeps the others of its set, so that a project can still be restored whole. What goes is in the trash first: until its time is over, prune --undelete brings it back.`
  static override examples = [
    'docker vol prune --keep-last 3 --keep-daily 7 --keep-weekly 4 --dry-run',
    'docker vol prune --keep-within 30d --keep-monthly 12 --yes pgdata',
    'docker vol prune --keep-last 1 --grace 0s --filter project=shop',
    'docker vol prune --undelete pgdata@20261123T071155Z-3f9c',
  ]
  static override args = {
    VOLUME: Args.string({
      multiple: true,
      description: 'The volumes whose snapshots are meant; all unless given',
    }),
  }
  static override flags = {
    'keep-last': count('Keep the newest N'),
    'keep-daily': count('Keep the newest of each of the last N days that have one'),
    'keep-weekly': count('Keep the newest of each of the last N weeks that have one'),
    'keep-monthly': count('Keep the newest of each of the last N months that have one'),
    'keep-yearly': count('Keep the newest of each of the last N years that have one'),
    'keep-within': Flags.string({
      helpValue: 'TIME',
      description: 'Keep all that are no older than so much (30d, 12h, 1y) before the newest',
    }),
    grace: Flags.string({
      helpValue: 'TIME',
      default: '3d',
      description: 'How long what is removed stays in the trash; 0s removes it at once',
    }),
    undelete: Flags.string({
      helpValue: 'SNAPSHOT',
      multiple: true,
      description: 'Bring a snapshot back from the trash instead',
    }),
    'undo-keep': undoKeepFlag,
    force: Flags.boolean({ description: 'Let the last verified snapshot go as well when no rule keeps it' }),
    filter: filterFlag(Object.keys(snapshotFilters)),
    'dry-run': dryRunFlag,
    format: formatFlag,
    quiet: quietFlag,
    yes: yesFlag,
    store: settingsFlags.store,
  }
  static override complete = completeSnapshots

  async run(): Promise<void> {
    const { flags, args } = await this.parse(Prune)
    const { context } = this
    const world = await openWorld(context, flags, silent)
    const plan =
      flags.undelete === undefined
        ? await this.planFor(world, flags, args.VOLUME ?? [])
        : await planToUndelete(world, flags.undelete, args.VOLUME)
    const report = pruneReport(context, flags)
    await carryOut(context, world, plan, flags, (outcome) => report.tell(outcome), pruneQuestion(plan))
    if (!flags['dry-run']) report.finish()
  }

  private async planFor(
    world: World,
    flags: Readonly<Record<(typeof counts)[number], number | undefined>> & {
      readonly 'keep-within': string | undefined
      readonly 'undo-keep': string | undefined
      readonly store: string | undefined
      readonly grace: string
      readonly force: boolean
      readonly filter: readonly string[] | undefined
    },
    volumes: readonly string[],
  ): Promise<Plan> {
    const filters = parseFilters(flags.filter ?? [], Object.keys(snapshotFilters))
    const within = flags['keep-within']
    const rules = {
      last: flags['keep-last'] ?? 0,
      daily: flags['keep-daily'] ?? 0,
      weekly: flags['keep-weekly'] ?? 0,
      monthly: flags['keep-monthly'] ?? 0,
      yearly: flags['keep-yearly'] ?? 0,
      ...(within === undefined ? {} : { within: parseDuration('keep-within', within) }),
    }
    const { undoKeep } = await readSettings(flags, this.context)
    const options = {
      rules,
      grace: parseDuration('grace', flags.grace),
      undoKeep: parseDuration('undo-keep', undoKeep),
      onlyUndoCopies: flags['undo-keep'] !== undefined && !keepsSomething(rules),
      force: flags.force,
      now: new Date(),
    }
    const [all, trashed] = await Promise.all([world.store.list(), world.store.trashed()])
    for (const volume of volumes.map(checkVolumeName))
      if (!all.some((snapshot) => snapshot.volume === volume)) throw nothingOfVolume({ volume }, all)
    const named = all.filter(({ volume }) => volumes.length === 0 || volumes.includes(volume))
    const meant = ofVolumesThat(
      (newest) => passes(filters, (key, value) => snapshotFilters[key]?.(newest, value) ?? false),
      named,
    )
    return planPrune(all, trashed, { ...options, among: new Set(meant.map(({ volume }) => volume)) })
  }
}

const counts = ['keep-last', 'keep-daily', 'keep-weekly', 'keep-monthly', 'keep-yearly'] as const

async function planToUndelete(
  world: World,
  references: readonly string[],
  volumes: readonly string[] | undefined,
): Promise<Plan> {
  if (volumes !== undefined && volumes.length > 0)
    throw new VolError('USAGE', '--undelete names the snapshots itself; leave the volumes out')
  const wanted = []
  for (const reference of references) wanted.push(await findReference(world.store, reference))
  return planUndelete(wanted, await world.store.trashed())
}
