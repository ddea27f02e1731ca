import { Args, Flags } from '@oclif/core'

import { carryOut } from '../cli/carry-out.ts'
import { VolCommand } from '../cli/command.ts'
import { parseDuration } from '../cli/duration.ts'
import {
  dryRunFlag,
  formatFlag,
  progressFlag,
  quietFlag,
  settingsFlags,
  undoKeepFlag,
  yesFlag,
} from '../cli/flags.ts'
import { reportWayBack } from '../cli/migration-undone.ts'
import { reportRestored } from '../cli/outcomes.ts'
import { reportList } from '../cli/report.ts'
import { readSettings } from '../cli/settings.ts'
import { undoCopyAsJson } from '../cli/snapshot-json.ts'
import { humanAge, humanSize } from '../cli/units.ts'
import { askEngineEarly, openWorld, openWorldToChange, silent } from '../cli/world.ts'
import { observeVolume } from '../docker/observe.ts'
import { VolError } from '../errors.ts'
import { meanwhile } from '../operations/restore.ts'
import {
  keptUntil,
  lastUndoCopy,
  planUndo,
  undoCopies,
  whatHappened,
  type UndoSnapshot,
} from '../operations/undo.ts'
import { planRestoreSet } from '../operations/restore-set.ts'
import { lastUndoSet } from '../operations/undo-set.ts'
import type { Plan } from '../plan/step.ts'
import type { World } from '../plan/world.ts'
import { formatReference } from '../snapshots/reference.ts'
import { checkVolumeName } from '../snapshots/volume-name.ts'

export default class Undo extends VolCommand {
  static override summary = 'Take the last restore or migration of a volume back'
  static override description = `${this.summary}: what it replaced comes again, and what the volume holds now is kept, so that an undo can be undone. Without VOLUME, the last restore of all; with --project, the last of a project's volumes together. A volume that has been removed since is made anew.`
  static override examples = [
    'docker vol undo pgdata',
    'docker vol undo --dry-run pgdata',
    'docker vol undo --project shop',
    'docker vol undo --list',
  ]
  static override usage = 'undo [OPTIONS] [VOLUME] | undo [OPTIONS] --project PROJECT [VOLUME…]'
  static override args = {
    VOLUME: Args.string({
      multiple: true,
      description: 'The volume that was restored; with --project, volumes of it, if not all',
    }),
  }
  static override flags = {
    'project-name': Flags.string({
      char: 'p',
      aliases: ['project'],
      helpValue: 'PROJECT',
      description: 'Take back the last restore --project of this one, all its volumes together',
    }),
    list: Flags.boolean({ description: 'List what can be taken back, and change nothing' }),
    'undo-keep': undoKeepFlag,
    'dry-run': dryRunFlag,
    format: formatFlag,
    quiet: quietFlag,
    yes: yesFlag,
    progress: progressFlag,
    ...settingsFlags,
  }

  async run(): Promise<void> {
    const { flags, args } = await this.parse(Undo)
    const { context } = this
    const named = [...new Set(args.VOLUME ?? [])]
    for (const each of named) checkVolumeName(each)
    const [volume, second] = named
    const project = flags['project-name']
    if (second !== undefined && project === undefined)
      throw new VolError('USAGE', `"${volume}" and "${second}" are two: one is taken back at a time.`)
    if (flags.list && project !== undefined) throw new VolError('USAGE', '--list does not go with --project.')
    if (flags.list) return await this.list(volume, flags)
    if (flags['undo-keep'] !== undefined)
      throw new VolError(
        'USAGE',
        '--undo-keep goes with --list; docker vol prune removes what has had its time.',
      )
    const world = await openWorldToChange(context, flags, this.progress(flags))
    if (project !== undefined) return await this.undoProject(world, project, named, flags)
    const copy = lastUndoCopy(await world.store.list(volume), volume)
    askEngineEarly(world)
    const observed = await observeVolume(world.docker, copy.volume)
    const plan = planUndo(copy, { name: copy.volume, observed, empty: false })
    await carryOut(
      context,
      world,
      plan,
      flags,
      (outcome) => reportRestored(context, flags, outcome),
      questionOf(copy, plan, new Date()),
    )
    if (!flags.quiet) await reportWayBack(context, copy, observed?.consumers ?? [])
  }

  private async undoProject(
    world: World,
    project: string,
    named: readonly string[],
    flags: Parameters<typeof carryOut>[3],
  ): Promise<void> {
    const { context } = this
    const [snapshots, problems] = await Promise.all([world.store.list(), world.store.problems()])
    const damaged = new Set(problems.map(({ volume }) => volume))
    const { found, members, replacedBy, at, notes } = lastUndoSet(snapshots, project, named, damaged)
    const looked = await Promise.all(
      members.map(async (snapshot) => {
        const observed = await observeVolume(world.docker, snapshot.volume)
        return { snapshot, target: { name: snapshot.volume, observed, empty: false } }
      }),
    )
    const why = `${project} held this until ${replacedBy} was restored`
    const plan = { ...planRestoreSet(found.set, looked, { takenBy: 'undo', why }), notes }
    const volumes = members.map(({ volume }) => `"${volume}"`).join(', ')
    await carryOut(
      context,
      world,
      plan,
      flags,
      (outcome) => reportRestored(context, flags, outcome),
      `The contents of the volumes ${volumes} will be as before ${replacedBy} was restored ${humanAge(new Date(at), new Date())}; what is there now is kept.${meanwhile(plan)} Continue?`,
    )
  }

  private async list(
    volume: string | undefined,
    flags: Parameters<typeof readSettings>[0] & ListFlags,
  ): Promise<void> {
    const { context } = this
    const { undoKeep } = await readSettings(flags, context)
    const keep = parseDuration('undo-keep', undoKeep)
    const { store } = await openWorld(context, flags, silent)
    const copies = undoCopies(await store.list(volume))
    const now = new Date()
    await reportList(context.terminal, {
      rows: copies,
      ...flags,
      columns: [
        { header: 'VOLUME', value: (copy) => copy.volume },
        { header: 'REPLACED', value: ({ config }) => humanAge(new Date(config.undo.at), now) },
        { header: 'BY', value: ({ config }) => config.undo.replacedBy },
        { header: 'HOLDS', value: holds },
        { header: 'SIZE', value: ({ config }) => humanSize(config.totals.bytes) },
        { header: 'KEPT UNTIL', value: (copy) => untilText(keptUntil(copy, copies, keep)) },
      ],
      reference: formatReference,
      json: (copy) => undoCopyAsJson(copy, keptUntil(copy, copies, keep)),
    })
  }
}

type ListFlags = { readonly format: 'table' | 'json'; readonly quiet: boolean }

function holds({ config: { undo } }: UndoSnapshot): string {
  if (undo.paths === undefined) return 'everything'
  return undo.paths.length === 1 ? (undo.paths[0] ?? '') : `${undo.paths.length} paths`
}

function untilText(until: Date | undefined): string {
  return until === undefined ? 'the next one' : until.toISOString().slice(0, 16).replace('T', ' ')
}

function questionOf(copy: UndoSnapshot, plan: Plan, now: Date): string {
  const { paths, at } = copy.config.undo
  const what =
    paths === undefined ? 'The contents' : paths.length === 1 ? `"${paths[0]}"` : `${paths.length} paths`
  return `${what} of the volume "${copy.volume}" will be as before ${whatHappened(copy)} ${humanAge(new Date(at), now)}; what is there now is kept.${meanwhile(plan)} Continue?`
}
