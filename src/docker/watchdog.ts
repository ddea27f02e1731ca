import { spawn, type ChildProcess } from 'node:child_process'
import { extname } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { VolError } from '../errors.ts'
import { optionsOf, type DockerCommand } from './command.ts'
import type { Watchdog, WatchdogRequest } from './docker.ts'
import { firstLine } from './first-line.ts'
import { formatWord, watchdogReady, type WatchdogOrders, type WatchdogWord } from './watchdog-words.ts'

/** Milliseconds that it may take to start. */
const patience = 20_000

/**
 * Starts the watchdog and waits until it watches. It is a session of its own, so that neither Ctrl-C nor a terminal
 * that is closed reaches it, and it has none of our streams, so that whoever reads those is not kept waiting.
 */
export async function startWatchdog(docker: DockerCommand, request: WatchdogRequest): Promise<Watchdog> {
  docker.signal.throwIfAborted()
  const child = spawn(process.execPath, [program()], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
    env: optionsOf(docker).env,
  })
  const { stdin, stdout } = child
  // One that is gone hears nothing; whatever is held is released by us all the same.
  stdin.on('error', () => undefined)
  const orders: WatchdogOrders = { ...request, command: docker.command, globals: docker.globals }
  stdin.write(`${JSON.stringify(orders)}\n`)
  const say = (word: WatchdogWord) => void stdin.write(`${formatWord(word)}\n`)
  const answer = await Promise.race([firstLine(stdout), endOf(child)])
  stdout.destroy()
  if (answer !== watchdogReady) {
    child.kill('SIGKILL')
    throw new VolError(
      'FAILED',
      'The process that would release containers in case of a crash does not start.',
    )
  }
  child.unref()
  return {
    acting: (seconds) => say({ said: 'acting', seconds }),
    acted: () => say({ said: 'acted' }),
    dismiss() {
      say({ said: 'released' })
      stdin.end()
    },
  }
}

/** It lies one folder above this file, in the sources as in the bundle. */
function program(): string {
  return fileURLToPath(new URL(`../watchdog${extname(import.meta.filename)}`, import.meta.url))
}

function endOf(child: ChildProcess): Promise<undefined> {
  return new Promise((resolve) => {
    const end = () => resolve(undefined)
    child.once('error', end)
    child.once('exit', end)
    setTimeout(end, patience).unref()
  })
}
