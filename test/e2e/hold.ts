/**
 * Holds the containers of volumes as the product does, without its command line: for tests to watch, and to kill. Says
 * `held` when all are, then waits, then says `released`. Arguments: docker, Docker's configuration folder, what is asked
 * as JSON.
 */
import { join } from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { cancellation } from '../../src/cli/cancellation.ts'
import { silent } from '../../src/cli/world.ts'
import { dockerPort } from '../../src/docker/engine.ts'
import { isVolError } from '../../src/errors.ts'
import { planHold } from '../../src/holds/plan-hold.ts'
import { withHold } from '../../src/holds/with-hold.ts'
import { directoryJournal } from '../../src/plan/directory-journal.ts'
import type { World } from '../../src/plan/world.ts'
import { directoryStore } from '../../src/stores/directory.ts'

/** What the program is asked for. */
export type HoldOrder = {
  readonly how: 'pause' | 'stop'
  readonly volumes: readonly string[]
  readonly maxSeconds?: number
  /** Seconds to do nothing in while all are held. */
  readonly seconds: number
  /** Whether what is done then fails. */
  readonly fails?: boolean
  /** Volumes that are done with at once, one after the other. */
  readonly done?: readonly string[]
  /** Whether what is done takes no notice of an interruption, and keeps the processor busy. */
  readonly deaf?: boolean
}

const [command = '', configuration = '', json = '{}'] = process.argv.slice(2)
const order: HoldOrder = JSON.parse(json)
const { signal } = cancellation(process, undefined)

const worldOf = (of: AbortSignal): World => ({
  docker: dockerPort({ command, globals: [], environment: process.env, signal: of }),
  store: directoryStore(join(configuration, 'vol', 'snapshots')),
  journal: directoryJournal(join(configuration, 'vol', 'journal')),
  progress: { ...silent, message: (text) => console.error(text) },
  signal: of,
  helperImage: undefined,
  toolVersion: 'test',
  standardOutput: () => {
    throw new Error('nothing is written there')
  },
  standardInput: () => process.stdin,
  withSignal: worldOf,
  withoutSignal: () => worldOf(AbortSignal.timeout(60_000)),
})

const world = worldOf(signal)
const { how, volumes, maxSeconds } = order
const hold = planHold(await world.docker.containers(), {
  how,
  volumes,
  maxSeconds,
  why: 'a test asks for it',
})
try {
  await withHold(world, hold, async (held) => {
    console.log('held')
    for (const volume of order.done ?? []) {
      await held.volumeDone(volume)
      console.log(`done ${volume}`)
    }
    if (order.deaf === true) for (const end = Date.now() + order.seconds * 1000; Date.now() < end;);
    else await sleep(order.seconds * 1000, undefined, { signal: held.world.signal })
    if (order.fails === true) throw new Error('it failed')
  })
  console.log('released')
  process.exit(0)
} catch (error) {
  console.error(isVolError(error) ? `${error.code}: ${error.message}` : error)
  process.exit(isVolError(error) ? error.exit : 1)
}
