import { readFile } from 'node:fs/promises'
import path from 'node:path'

import { VolError } from '../errors.ts'
import type { CommandContext } from './context.ts'

export type Settings = {
  /** Absolute path of the directory that holds the snapshots. */
  readonly store: string
  /** The image that was asked for; undefined leaves the choice to the helper. */
  readonly helperImage: string | undefined
  /** How long undo copies are kept, as a person wrote it; `parseDuration` reads it. */
  readonly undoKeep: string
}

type SettingsFlags = {
  readonly store?: string | undefined
  readonly 'helper-image'?: string | undefined
  readonly 'undo-keep'?: string | undefined
}

/**
 * Where snapshots are and which image reads volumes: the flag, else the environment, else `plugins.vol` in Docker's
 * config.json, else the default, a directory beside that file.
 */
export async function readSettings(flags: SettingsFlags, context: CommandContext): Promise<Settings> {
  const { environment, configDirectory } = context
  const configured = await configuredIn(configDirectory)
  const given = flags.store || environment['DOCKER_VOL_STORE']
  const fallback = configured['store'] || path.join('vol', 'snapshots')
  return {
    store: given
      ? path.resolve(given)
      : path.resolve(configDirectory, fromHome(fallback, environment['HOME'])),
    helperImage:
      flags['helper-image'] ||
      environment['DOCKER_VOL_HELPER_IMAGE'] ||
      configured['helperImage'] ||
      undefined,
    undoKeep: flags['undo-keep'] || configured['undoKeep'] || '7d',
  }
}

/** `plugins.vol` of config.json, where docker keeps what plugins are configured with: names and strings. */
async function configuredIn(directory: string): Promise<Readonly<Record<string, string>>> {
  const file = path.join(directory, 'config.json')
  try {
    const config: unknown = JSON.parse(await readFile(file, 'utf8'))
    const plugin = property(property(config, 'plugins'), 'vol')
    return Object.fromEntries(
      Object.entries(isObject(plugin) ? plugin : {}).flatMap(([key, value]) =>
        typeof value === 'string' ? [[key, value]] : [],
      ),
    )
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
    const suggestions = ['Put the file right, or point DOCKER_CONFIG to another directory.']
    throw new VolError('FAILED', `Docker's configuration ${file} cannot be read.`, {
      suggestions,
      cause: error,
    })
  }
}

function property(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function fromHome(file: string, home: string | undefined): string {
  return home !== undefined && file.startsWith('~/') ? path.join(home, file.slice(2)) : file
}
