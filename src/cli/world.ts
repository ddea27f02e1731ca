import { join } from 'node:path'
import { addAbortSignal } from 'node:stream'
import { dockerPort } from '../docker/engine.ts'
import { directoryJournal } from '../plan/directory-journal.ts'
import { putInterruptedRight } from '../plan/interrupted.ts'
import type { ProgressPort, World } from '../plan/world.ts'
import { directoryStore } from '../stores/directory.ts'
import type { CommandContext } from './context.ts'
import { dockerCommandOf } from './docker-command.ts'
import { readSettings } from './settings.ts'

type WorldFlags = { readonly store?: string | undefined; readonly 'helper-image'?: string | undefined }

/** Milliseconds after which cleaning up is left to the next run: the engine does not answer any more. */
const longestCleanUp = 60_000

/** Everything that a plan is observed and carried out with, from the flags and the settings. */
export async function openWorld(
  context: CommandContext,
  flags: WorldFlags,
  progress: ProgressPort,
): Promise<World> {
  const settings = await readSettings(flags, context)
  const worldOf = (signal: AbortSignal): World => ({
    docker: context.docker ?? dockerPort({ ...dockerCommandOf(context), signal }),
    store: directoryStore(settings.store),
    journal: directoryJournal(join(context.configDirectory, 'vol', 'journal')),
    progress,
    signal,
    helperImage: settings.helperImage,
    toolVersion: context.version,
    standardOutput: () => ({
      write: (bytes) => context.terminal.out(bytes),
      finish: () => Promise.resolve(),
      abandon: () => undefined,
    }),
    // Whoever waits for more of it waits no longer when the command is interrupted.
    standardInput: () => addAbortSignal(signal, context.terminal.stdin),
    withSignal: worldOf,
    withoutSignal: () => worldOf(AbortSignal.timeout(longestCleanUp)),
  })
  return worldOf(context.signal)
}

/**
 * The same for a command that changes something: what interrupted runs left on this engine is put right first, so
 * that what is observed next is true.
 */
export async function openWorldToChange(
  context: CommandContext,
  flags: WorldFlags & { readonly 'dry-run'?: boolean },
  progress: ProgressPort,
): Promise<World> {
  const world = await openWorld(context, flags, progress)
  if (flags['dry-run'] !== true)
    for (const { about } of await putInterruptedRight(world)) progress.message(about)
  return world
}

/** Asks which engine it is, while other things are asked: the answer is kept for who will need it. */
export function askEngineEarly({ docker }: World): void {
  docker.engine().catch(() => undefined)
}

/** For what only looks: nothing is told. */
export const silent: ProgressPort = {
  start: () => ({ update() {}, finish() {}, fail() {} }),
  message() {},
}
