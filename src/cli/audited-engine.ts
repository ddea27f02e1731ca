/** What `audit` asks of an engine, as its flags have it. */
import { hasContainers } from '../audit/live/has-containers.ts'
import { observeLive, type Observed } from '../audit/live/observe.ts'
import { hasProjectFiles } from '../audit/locate.ts'
import type { Project } from '../audit/model/project.ts'
import { realFiles } from '../compose/files.ts'
import { inspectionOf } from '../docker/inspection.ts'
import { isVolError } from '../errors.ts'
import type { CommandContext } from './context.ts'
import { dockerCommandOf } from './docker-command.ts'
import { openWorld, silent } from './world.ts'

type Flags = {
  readonly all: boolean
  readonly live?: boolean
  readonly 'project-name'?: string | undefined
  readonly store?: string | undefined
  readonly 'helper-image'?: string | undefined
}

/** `live` is true for --live, false for --no-live, and undefined for neither, which oclif's types do not know. */
export type Asked = Omit<Flags, 'live'> & { readonly live: boolean | undefined }

export function askedOf(flags: Flags): Asked {
  return { ...flags, live: flags.live }
}

/**
 * The files of the project that `--project` names, where none are here: those that its containers were made from.
 * Empty leaves it to the files that Compose would find.
 */
export async function filesOnEngine(
  context: CommandContext,
  asked: Asked,
  workingDirectory: string,
): Promise<readonly string[]> {
  const name = asked['project-name']
  if (name === undefined || asked.all || asked.live === false) return []
  if ((context.environment['COMPOSE_FILE'] ?? '') !== '') return []
  if (await hasProjectFiles(realFiles, workingDirectory)) return []
  return await inspectionOf(dockerCommandOf(context)).filesOf(name)
}

/** What is there on the engine; undefined where it is not to be asked, or has nothing of the project. */
export async function observeEngine(
  context: CommandContext,
  asked: Asked,
  project: Project | undefined,
  /** Projects whose files name images that may be there. */
  told: readonly Project[] = project === undefined ? [] : [project],
): Promise<Observed | undefined> {
  if (asked.live === false) return undefined
  const docker = dockerCommandOf(context)
  const wanted = asked.all || asked.live === true
  if (!wanted && (project === undefined || !(await hasContainers(docker, project)))) return undefined
  const world = await openWorld(context, asked, silent)
  try {
    return await observeLive(world, inspectionOf(docker), project, new Date(), told)
  } catch (error) {
    context.signal.throwIfAborted()
    // What was not asked for must not keep from reporting what the files say.
    if (wanted || !isVolError(error)) throw error
    return { seen: undefined, notes: [`The engine could not be looked at: ${error.message}`] }
  }
}
