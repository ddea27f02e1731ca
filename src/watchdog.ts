/**
 * Where the watchdog begins, a process of its own: it waits for the end of the one that holds containers, and releases
 * them if that has not done it. `src/docker/watchdog.ts` starts it.
 */
import process from 'node:process'
import { createInterface } from 'node:readline'
import { dockerPort } from './docker/engine.ts'
import { readOrders, readWord, watchdogReady, type WatchdogWord } from './docker/watchdog-words.ts'
import { watch } from './holds/watch.ts'
import { directoryJournal } from './plan/directory-journal.ts'
import type { PutRightSoFar } from './plan/after-death.ts'

/** Milliseconds for one call of docker. */
const patience = 60_000

/** Trying again goes on from it. */
const soFar: PutRightSoFar = { claimed: new Set(), done: [] }

// It must outlive whatever ends the process that it watches; that one's end is what ends it.
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const) process.on(name, () => undefined)
process.stdout.on('error', () => undefined)

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const first = await lines.next()
const { command, globals, store, helperImage, ...orders } = readOrders(first.value ?? '')
const journal = directoryJournal(orders.journal)
const docker = () =>
  dockerPort({ command, globals, environment: process.env, signal: AbortSignal.timeout(patience) })
process.stdout.write(`${watchdogReady}\n`)
await watch({ ...orders, docker, journal, putRight }, words())
process.exit()

/** Loaded only when it is needed: it brings most of the product along. */
async function putRight(volumes: readonly string[]): Promise<boolean> {
  const { isReplaced, putHeldVolumesRight, quietWorld } = await import('./plan/after-death.ts')
  const world = quietWorld({ docker, journal, store, helperImage, patience })
  return (await putHeldVolumesRight(world, volumes, soFar)).some(isReplaced)
}

async function* words(): AsyncGenerator<WatchdogWord> {
  for (let line = await lines.next(); line.done !== true; line = await lines.next()) {
    const word = readWord(line.value)
    if (word !== undefined) yield word
  }
}
