import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { constants } from 'node:os'
import process from 'node:process'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** How a command ended; a signal gives 128 and its number, as in a shell. */
export type RunResult = { readonly exitCode: number; readonly stdout: string; readonly stderr: string }

export type RunOptions = {
  /** What the command reads; nothing unless given. */
  readonly input?: string | Uint8Array | Readable
  /** Variables to add; `undefined` removes one. */
  readonly environment?: Readonly<Record<string, string | undefined>>
  /** Ends the command with SIGTERM. */
  readonly signal?: AbortSignal
  /** Milliseconds after which the command is killed. */
  readonly timeout?: number
  readonly cwd?: string
  /** A file that takes stdout instead, for output that is no text. */
  readonly outputFile?: string
}

/** A command under way. */
export type Running = {
  readonly pid: number
  /** Never rejects because of how the command ended. */
  readonly ended: Promise<RunResult>
  /** What it has said so far. */
  said(): { readonly stdout: string; readonly stderr: string }
  /** Waits until stdout or stderr holds the text. Fails when the command ends before. */
  until(text: string | RegExp): Promise<void>
  kill(signal: NodeJS.Signals): void
  /** Signals the plugin itself, which runs as a child of docker. */
  killPlugin(signal: NodeJS.Signals): Promise<void>
}

/** Starts a program with just the given environment. */
export function start(
  program: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  options: RunOptions = {},
): Running {
  const output = options.outputFile === undefined ? 'pipe' : openSync(options.outputFile, 'w')
  const child = spawn(program, args, {
    // An entry that is undefined is left out.
    env: { ...environment, ...options.environment },
    stdio: [options.input === undefined ? 'ignore' : 'pipe', output, 'pipe'],
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.timeout === undefined ? {} : { timeout: options.timeout, killSignal: 'SIGKILL' }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  })
  if (typeof output === 'number') closeSync(output)
  const said = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (said.stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (said.stderr += text))
  const ended = finished(child, options).then((exitCode) => ({ exitCode, ...said }))
  ended.catch(() => undefined)
  return {
    pid: child.pid ?? -1,
    ended,
    said: () => ({ ...said }),
    kill: (signal) => void child.kill(signal),
    until: async (text) => {
      const heard = () => holds(said.stdout, text) || holds(said.stderr, text)
      while (!heard()) {
        const over = await Promise.race([ended, sleep(20)])
        if (over !== undefined && !heard())
          throw new Error(`It ended with ${over.exitCode} and never said ${String(text)}:\n${over.stderr}`)
      }
    },
    killPlugin: async (signal) => {
      // The children of every thread: docker is a Go program, and any of its threads may have started it.
      const [plugin] = await childrenOf(child.pid ?? -1)
      if (plugin === undefined) throw new Error('docker has no plugin under way')
      process.kill(plugin, signal)
    },
  }
}

async function finished(child: ChildProcess, { input }: RunOptions): Promise<number> {
  const closed: Promise<unknown[]> = once(child, 'close')
  if (child.stdin !== null && input !== undefined) {
    const source = input instanceof Readable ? input : Readable.from([input])
    // A command need not read all that it is given.
    pipeline(source, child.stdin).catch(() => undefined)
  }
  const [code, signal] = await closed.catch((error: unknown) => {
    if (error instanceof Error && error.name === 'AbortError') return once(child, 'close')
    throw error
  })
  if (typeof code === 'number') return code
  return 128 + (Object.entries(constants.signals).find(([name]) => name === signal)?.[1] ?? 0)
}

async function childrenOf(pid: number): Promise<number[]> {
  const found: number[] = []
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    const children = await readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '')
    found.push(...children.split(' ').filter(Boolean).map(Number))
  }
  return found
}

function holds(output: string, text: string | RegExp): boolean {
  return typeof text === 'string' ? output.includes(text) : output.search(text) >= 0
}
