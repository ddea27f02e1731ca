import type { Docker } from '../docker/docker.ts'
import type { Terminal } from './terminal.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** What a command knows of the world around it. Made once, in main.ts; a command never reads `process`. */
export type CommandContext = {
  /** The docker to call, and docker's own global flags, which precede the command of every call. */
  readonly dockerCommand: string
  readonly globals: readonly string[]
  /** Docker's configuration directory: `--config`, `$DOCKER_CONFIG` or `~/.docker`. */
  readonly configDirectory: string
  /** Aborted by SIGINT, SIGTERM, SIGHUP and the end of the docker that called us. */
  readonly signal: AbortSignal
  readonly debug: boolean
  readonly environment: Environment
  readonly terminal: Terminal
  /** In place of the docker command line, for tests. */
  readonly docker?: Docker
  /** Of this plugin, without a `v`. */
  readonly version: string
}

const contexts = new WeakMap<object, CommandContext>()

/** Ties a context to the oclif configuration with which commands are made; oclif has no place for it. */
export function attachContext(config: object, context: CommandContext): void {
  contexts.set(config, context)
}

export function contextOf(config: object): CommandContext {
  const context = contexts.get(config)
  if (context === undefined) throw new Error('A command was made without a context.')
  return context
}
