import { Args, Flags } from '@oclif/core'
import path from 'node:path'

import { carryOut } from '../cli/carry-out.ts'
import { VolCommand } from '../cli/command.ts'
import {
  consistencyFlags,
  dryRunFlag,
  formatFlag,
  progressFlag,
  projectFlags,
  quietFlag,
  settingsFlags,
} from '../cli/flags.ts'
import { reportSnapshotTaken } from '../cli/outcomes.ts'
import { safeText } from '../cli/safe-text.ts'
import { copyWish, observeToCopy } from '../cli/volumes-to-copy.ts'
import { askEngineEarly, openWorldToChange } from '../cli/world.ts'
import type { ProjectChoice } from '../cli/chosen-project.ts'
import { worldWithFolders } from '../cli/world-with-folders.ts'
import type { NamedFolders } from '../docker/folders-as-volumes.ts'
import { observeVolumes } from '../docker/observe.ts'
import { VolError } from '../errors.ts'
import { volumesOfProject, type ProjectVolumes } from '../operations/project-volumes.ts'
import { planExport, planSnapshot } from '../operations/snapshot.ts'
import type { World } from '../plan/world.ts'
import type { SnapshotSet } from '../snapshots/format.ts'
import { newSnapshotId } from '../snapshots/id.ts'
import { formatSet } from '../snapshots/sets.ts'

export default class Snapshot extends VolCommand {
  static override summary = 'Take consistent snapshots of volumes'
  static override description = `${this.summary}. A volume that no running container can write is copied as it is; a database that runs makes its own backup where it can; otherwise the containers that can write the volume are paused for a moment, and go on whatever happens.`
  static override examples = [
    'docker vol snapshot pgdata',
    'docker vol snapshot -q pgdata uploads',
    'docker vol snapshot --project shop',
    'docker vol snapshot --file compose.yaml --service db',
    'docker vol snapshot --consistency stop --max-hold 2m pgdata',
    'docker vol snapshot --output pgdata.tar.zst pgdata',
    'docker vol snapshot --output - pgdata | ssh backup "cat > pgdata.tar"',
  ]
  static override args = {
    VOLUME: Args.string({ multiple: true, description: 'Volumes to snapshot' }),
  }
  static override flags = {
    output: Flags.string({
      char: 'o',
      helpValue: 'FILE',
      description:
        'Write a plain tar (.tar, .tar.gz, .tar.zst; - for standard output) instead of a snapshot; any tar can read it, and holes in sparse files are written as zeros',
    }),
    ...projectFlags,
    service: Flags.string({
      multiple: true,
      helpValue: 'SERVICE',
      description: 'With a project: only the volumes of this service',
    }),
    'include-binds': Flags.boolean({
      description:
        'With a project: also the folders of this machine in which its databases keep their data (bind mounts)',
    }),
    'dry-run': dryRunFlag,
    format: formatFlag,
    quiet: quietFlag,
    progress: progressFlag,
    ...consistencyFlags,
    ...settingsFlags,
  }

  async run(): Promise<void> {
    const { flags, args } = await this.parse(Snapshot)
    const { context } = this
    const opened = await openWorldToChange(context, flags, this.progress(flags))
    const wish = copyWish(flags)
    const { volumes: names, notes, project, folders } = await this.chosen(opened, args.VOLUME ?? [], flags)
    const world = folders === undefined ? opened : worldWithFolders(opened, folders)
    askEngineEarly(world)
    const volumes = await observeToCopy(world, await observeVolumes(world.docker, names), wish)
    if (flags.output === '-' && context.terminal.stdoutIsTerminal)
      throw new VolError(
        'USAGE',
        'An archive is not for a terminal: redirect standard output, or name a file.',
      )
    const set = project === undefined ? undefined : setOf(project, names, flags.service)
    const plan =
      flags.output === undefined
        ? planSnapshot(volumes, wish, set)
        : planExport(only(volumes), wish, fileOf(flags.output))
    await carryOut(context, world, { ...plan, notes }, flags, (outcome) =>
      reportSnapshotTaken(context, flags, outcome),
    )
    if (set !== undefined && flags.output === undefined && !flags['dry-run'] && !flags.quiet)
      context.terminal.err(
        safeText(`docker vol restore --project ${formatSet(set)} brings all of it back.\n`),
      )
  }

  /** The volumes that are named, or those of the project that is. */
  private async chosen(world: World, named: readonly string[], flags: ChoiceFlags): Promise<Chosen> {
    const services = flags.service ?? []
    const isProject = flags.file !== undefined || flags['project-name'] !== undefined
    if (isProject === named.length > 0)
      throw new VolError('USAGE', 'Name volumes, or a project with --project or --file, but not both.')
    if (!isProject && services.length > 0)
      throw new VolError('USAGE', '--service goes with --project or --file.')
    if (!isProject && flags['include-binds'])
      throw new VolError('USAGE', '--include-binds goes with --project or --file.')
    if (!isProject) return { volumes: [...new Set(named)], notes: [] }
    // What reads Compose files is a good part of the code, and mostly not asked for.
    const { chosenProject } = await import('../cli/chosen-project.ts')
    const { databaseFoldersOf, refuseFolders } = await import('../cli/database-folders.ts')
    const [found, containers, volumes, engine] = await Promise.all([
      chosenProject(this.context, flags),
      world.docker.containers(),
      world.docker.volumes(),
      world.docker.engine(),
    ])
    const request = { ...found, services, containers, volumes }
    const includeFolders = flags['include-binds']
    const folders = databaseFoldersOf(request)
    if (includeFolders) refuseFolders(folders, { engine, volumes })
    const { volumes: chosen, notes } = volumesOfProject({ ...request, folders, includeFolders })
    const own = { volumes: chosen, notes: [...found.notes, ...notes], project: found.name }
    return includeFolders ? { ...own, folders } : own
  }
}

type ChoiceFlags = ProjectChoice & {
  readonly service?: readonly string[] | undefined
  readonly 'include-binds': boolean
}

type Chosen = ProjectVolumes & { readonly project?: string; readonly folders?: NamedFolders }

/** What the snapshots of a project have in common. */
function setOf(project: string, volumes: readonly string[], services: readonly string[] = []): SnapshotSet {
  const id = newSnapshotId(new Date())
  return { id, project, volumes, ...(services.length === 0 ? {} : { services }) }
}

function only<Thing>(things: readonly Thing[]): Thing {
  const [first, ...rest] = things
  if (first === undefined || rest.length > 0)
    throw new VolError('USAGE', '--output takes a single volume: an archive holds one.')
  return first
}

/** Relative to where the user is; `-` stays. */
function fileOf(output: string): string {
  return output === '-' ? output : path.resolve(output)
}
