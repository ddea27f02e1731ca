/** For tests: runs a command line in this process, without a terminal, and keeps what it printed. */
import { tmpdir } from 'node:os'
import path from 'node:path'
import { PassThrough, Readable } from 'node:stream'

import { sourceCommands } from './commands.ts'
import type { CommandContext } from './context.ts'
import { runCommand } from './run-command.ts'
import { type Terminal, terminalOf } from './terminal.ts'

export type MemoryTerminal = Terminal & { readonly printed: () => { stdout: string; stderr: string } }

export type MemoryOptions = {
  readonly stdin?: Readable
  /** Pretends that all three streams are a terminal of this size. */
  readonly screen?: { readonly columns: number; readonly rows: number }
}

/** A terminal that keeps what was written to it. */
export function memoryTerminal({ stdin = Readable.from([]), screen }: MemoryOptions = {}): MemoryTerminal {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const kept = { stdout: '', stderr: '' }
  stdout.on('data', (chunk: Buffer) => {
    kept.stdout += chunk.toString()
  })
  stderr.on('data', (chunk: Buffer) => {
    kept.stderr += chunk.toString()
  })
  const tty = { isTTY: true, ...screen }
  const streams =
    screen === undefined
      ? { stdin, stdout, stderr }
      : {
          stdin: Object.assign(stdin, tty),
          stdout: Object.assign(stdout, tty),
          stderr: Object.assign(stderr, tty),
        }
  return { ...terminalOf(streams, { NO_COLOR: '1' }), printed: () => ({ ...kept }) }
}

/** A context that touches nothing: no environment, no abort, a configuration directory that does not exist. */
export function memoryContext<Overrides extends Partial<CommandContext>>(overrides: Overrides) {
  return {
    dockerCommand: 'docker-is-not-called',
    globals: [],
    configDirectory: path.join(tmpdir(), 'docker-vol-test-without-configuration'),
    signal: new AbortController().signal,
    debug: false,
    environment: {},
    terminal: memoryTerminal(),
    version: '0.0.0-test',
    ...overrides,
  } satisfies CommandContext
}

/** Runs one of the project's own commands. */
export async function runInProcess(
  argv: readonly string[],
  overrides: Partial<CommandContext> & { readonly terminal?: MemoryTerminal } = {},
): Promise<{ readonly exit: number; readonly stdout: string; readonly stderr: string }> {
  const terminal = overrides.terminal ?? memoryTerminal()
  const source = await sourceCommands(path.resolve(import.meta.dirname, '..', '..'))
  const exit = await runCommand(argv, memoryContext({ ...overrides, terminal }), source)
  await new Promise((resolve) => setImmediate(resolve))
  return { exit, ...terminal.printed() }
}
