import { Args, Flags } from '@oclif/core'
import { access, constants, readFile, stat } from 'node:fs/promises'
import path from 'node:path'

import { carryOut } from '../cli/carry-out.ts'
import { VolCommand } from '../cli/command.ts'
import { completeSnapshots } from '../cli/completions.ts'
import { dryRunFlag, formatFlag, progressFlag, quietFlag, settingsFlags, yesFlag } from '../cli/flags.ts'
import { reportRestored } from '../cli/outcomes.ts'
import { safeText } from '../cli/safe-text.ts'
import { askEngineEarly, openWorldToChange } from '../cli/world.ts'
import { observeVolume } from '../docker/observe.ts'
import { VolError } from '../errors.ts'
import { meanwhile, planImport, planRestore, planRestorePaths, type Target } from '../operations/restore.ts'
import { planRestoreSet, whatToRestore, type SetMember } from '../operations/restore-set.ts'
import type { Plan } from '../plan/step.ts'
import type { World } from '../plan/world.ts'
import { findSet } from '../stores/find-set.ts'
import { findSnapshot } from '../stores/find.ts'
import { unreadableArchive } from '../volumes/import.ts'
import { isEmpty } from '../volumes/look.ts'

export default class Restore extends VolCommand {
  static override summary = 'Restore a snapshot, or files of it, or a plain tar'
  static override description = `${this.summary}. The snapshot is checked to the last byte before anything is written; what a volume holds is replaced only once its new contents are complete, checked and on disk, and is kept so that undo can take it back. Containers that use the volume are stopped for the moment of the switch, and started again.`
  static override usage =
    'restore [OPTIONS] SNAPSHOT | restore [OPTIONS] --from FILE VOLUME | restore [OPTIONS] --project PROJECT@ID [VOLUME…]'
  static override examples = [
    'docker vol restore pgdata@latest',
    'docker vol restore --into pgcopy pgdata@20261123T071155Z-3f9c',
    'docker vol restore --path etc/app.conf uploads@latest',
    'docker vol restore --project shop@latest',
    'docker vol restore --from pgdata-2026-11-23.tgz pgdata',
    'ssh backup cat pgdata.tar.zst | docker vol restore --from - pgdata',
  ]
  static override args = {
    SNAPSHOT: Args.string({
      multiple: true,
      description:
        'VOLUME@ID, VOLUME@latest, with --from the volume to restore into, or with --project volumes of the set, if not all',
    }),
  }
  static override flags = {
    into: Flags.string({
      helpValue: 'VOLUME',
      description: 'Restore into another volume, which is made if need be',
    }),
    path: Flags.string({
      multiple: true,
      helpValue: 'PATH',
      description: 'Restore only this file or directory, and leave everything else as it is',
    }),
    from: Flags.string({
      helpValue: 'FILE',
      description: 'Restore a tar, tar.gz or tar.zst that was made by anyone (- for standard input)',
    }),
    'project-name': Flags.string({
      char: 'p',
      aliases: ['project'],
      helpValue: 'PROJECT@ID',
      description:
        'Restore the volumes of a project together, as snapshot --project took them (PROJECT@latest: the last complete set)',
    }),
    'allow-devices': Flags.boolean({ description: 'With --from: restore device nodes, too' }),
    'dry-run': dryRunFlag,
    format: formatFlag,
    quiet: quietFlag,
    yes: yesFlag,
    progress: progressFlag,
    ...settingsFlags,
  }
  static override complete = completeSnapshots

  async run(): Promise<void> {
    const { flags, args } = await this.parse(Restore)
    const { context } = this
    const world = await openWorldToChange(context, flags, this.progress(flags))
    const named = args.SNAPSHOT ?? []
    const plan =
      flags['project-name'] === undefined
        ? await this.plan(world, only(named), flags)
        : await this.planSet(world, flags['project-name'], named, flags)
    const question = `${whatIsReplaced(plan)} will be replaced.${meanwhile(plan)} Continue?`
    let isKept = false
    await carryOut(
      context,
      world,
      plan,
      flags,
      async (outcome) => {
        isKept ||= outcome.did === 'restored' && outcome.undoCopy !== undefined
        await reportRestored(context, flags, outcome)
      },
      question,
    )
    const [step] = plan.steps
    if (isKept && step?.do === 'restore-set' && !flags.quiet)
      context.terminal.err(safeText(`docker vol undo --project ${step.set.project} takes all of it back.\n`))
  }

  private async planSet(
    world: World,
    text: string,
    named: readonly string[],
    { from, into, path: paths, yes, 'allow-devices': devices }: RestoreFlags,
  ): Promise<Plan> {
    if (from !== undefined || into !== undefined || paths !== undefined || devices)
      throw new VolError('USAGE', '--project goes with neither --from, --into, --path nor --allow-devices.')
    const { found, members } = await findSet(world.store, text, [...new Set(named)])
    const volumes = await world.docker.volumes()
    const { chosen, notes } = whatToRestore(found, members, { named, volumes })
    const looked: SetMember[] = []
    for (const snapshot of chosen)
      looked.push({ snapshot, target: await lookAt(world, snapshot.volume, yes) })
    return { ...planRestoreSet(found.set, looked, { why: 'asked for, all together' }), notes }
  }

  private async plan(world: World, name: string | undefined, flags: RestoreFlags): Promise<Plan> {
    const { from, into, path: paths, yes } = flags
    if (from !== undefined) {
      if (into !== undefined && name !== undefined)
        throw new VolError('USAGE', `--from takes one volume; "${name}" and --into ${into} are two.`)
      const volume = into ?? name
      if (volume === undefined) throw new VolError('USAGE', '--from needs the volume to restore into.')
      if (paths !== undefined) throw new VolError('USAGE', '--path does not go with --from.')
      return planImport(await archiveAt(from), await lookAt(world, volume, yes), flags['allow-devices'])
    }
    if (flags['allow-devices'])
      throw new VolError('USAGE', '--allow-devices goes with --from; a snapshot brings its devices back.')
    if (name === undefined)
      throw new VolError('USAGE', 'Name the snapshot to restore, as VOLUME@ID or VOLUME@latest.')
    const snapshot = await findSnapshot(world.store, name)
    const target = await lookAt(world, into ?? snapshot.volume, yes || paths !== undefined)
    return paths === undefined
      ? planRestore(snapshot, target)
      : planRestorePaths(snapshot, target, paths.map(relative))
  }
}

type RestoreFlags = {
  readonly from?: string | undefined
  readonly into?: string | undefined
  readonly path?: readonly string[] | undefined
  readonly yes: boolean
  readonly 'allow-devices': boolean
}

/** A snapshot or a volume; several only go with a project. */
function only(named: readonly string[]): string | undefined {
  const [first, second] = named
  if (second !== undefined)
    throw new VolError('USAGE', `"${first}" and "${second}" are two: one is restored at a time.`)
  return first
}

function whatIsReplaced({ steps }: Plan): string {
  const [step] = steps
  if (step?.do === 'restore-set')
    return `The contents of the volumes ${step.restores.map(({ volume }) => `"${volume}"`).join(', ')}`
  const volume = step !== undefined && 'volume' in step ? step.volume : ''
  return step?.do === 'restore-paths'
    ? `Files in the volume "${volume}"`
    : `The contents of the volume "${volume}"`
}

/** The archive's absolute path. One that cannot be read is told before anything is asked or begun. */
async function archiveAt(from: string): Promise<string> {
  if (from === '-') return from
  const file = path.resolve(from)
  try {
    await access(file, constants.R_OK)
    // A directory may be opened, but not read.
    if ((await stat(file)).isDirectory()) await readFile(file)
  } catch (error) {
    throw unreadableArchive(file, error)
  }
  return file
}

/** Looks at the volume to restore into; into it only when it matters whether it is empty. */
async function lookAt(world: World, name: string, mayReplace: boolean): Promise<Target> {
  askEngineEarly(world)
  const observed = await observeVolume(world.docker, name)
  const idle = observed !== undefined && observed.consumers.every(({ state }) => state !== 'running')
  const images = observed?.consumers.map(({ imageId }) => imageId) ?? []
  return { name, observed, empty: idle && !mayReplace && (await isEmpty(world, name, images)) }
}

/** `./a/b/` and `/a/b` are meant as `a/b`; `..` is not meant at all. */
function relative(given: string): string {
  const parts = given.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.length === 0 || parts.includes('..'))
    throw new VolError('USAGE', `"${given}" is not a path inside the volume.`)
  return parts.join('/')
}
