import { dirname, join } from 'node:path'
import { dockerPort } from '../docker/engine.ts'
import { directoryJournal } from '../plan/journal.ts'
import type { ProgressPort, World } from '../plan/world.ts'
import { directoryStore } from '../stores/directory.ts'
import type { CommandContext } from './context.ts'
import { dockerCommandOf } from './docker-command.ts'
import { readSettings } from './settings.ts'

type WorldFlags = { readonly store?: string | undefined; readonly 'helper-image'?: string | undefined }

/** Everything that a plan is observed and carried out with, from the flags and the settings. */
export async function openWorld(
  context: CommandContext,
  flags: WorldFlags,
  progress: ProgressPort,
): Promise<World> {
  const settings = await readSettings(flags, context)
  return {
    docker: context.docker ?? dockerPort(dockerCommandOf(context)),
    store: directoryStore(settings.store),
    journal: directoryJournal(join(dirname(settings.store), 'journal')),
    progress,
    signal: context.signal,
    helperImage: settings.helperImage,
    toolVersion: context.version,
  }
}

/** For what only looks: nothing is told. */
export const silent: ProgressPort = {
  start: () => ({ update() {}, finish() {}, fail() {} }),
  message() {},
}
