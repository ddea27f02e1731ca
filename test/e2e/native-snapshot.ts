/**
 * Takes a native snapshot of a volume as the product does, without its command line: for tests to look at, and to kill.
 * With STOP_MIDWAY it stops itself with SIGSTOP when the first bytes have arrived.
 * Arguments: docker, Docker's configuration folder, the helper image, the volume. Prints one line of JSON.
 */
import { join } from 'node:path'
import process from 'node:process'
import { lookForDatabases } from '../../src/databases/look-into.ts'
import { probeNative } from '../../src/databases/native/native.ts'
import { dockerPort } from '../../src/docker/engine.ts'
import { observeVolume } from '../../src/docker/observe.ts'
import { VolError } from '../../src/errors.ts'
import { directoryJournal } from '../../src/plan/directory-journal.ts'
import type { World } from '../../src/plan/world.ts'
import { snapshotNative } from '../../src/snapshots/snapshot-native.ts'
import { directoryStore } from '../../src/stores/directory.ts'

const [command = '', configuration = '', helperImage = '', volume = ''] = process.argv.slice(2)
let stopped = false
const interruption = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => interruption.abort(new VolError('INTERRUPTED', 'Interrupted.')))

const worldOf = (signal: AbortSignal): World => ({
  docker: dockerPort({ command, globals: [], environment: process.env, signal }),
  store: directoryStore(process.env['DOCKER_VOL_STORE'] ?? join(configuration, 'vol', 'snapshots')),
  journal: directoryJournal(join(configuration, 'vol', 'journal')),
  progress: {
    start: () => ({
      update: ({ done }) => {
        if (done === undefined) return
        console.error(`done ${done}`)
        if (process.env['STOP_MIDWAY'] === undefined || stopped) return
        stopped = true
        process.kill(process.pid, 'SIGSTOP')
      },
      finish() {},
      fail() {},
    }),
    message() {},
  },
  signal,
  helperImage,
  toolVersion: 'test',
  standardOutput: () => {
    throw new Error('nothing is written there')
  },
  standardInput: () => process.stdin,
  withSignal: worldOf,
  withoutSignal: () => worldOf(AbortSignal.timeout(60_000)),
})

const world = worldOf(interruption.signal)
try {
  const observed = await observeVolume(world.docker, volume)
  if (observed === undefined) throw new Error(`there is no volume ${volume}`)
  const databases = await lookForDatabases(world, observed)
  const probed = await probeNative(world, observed, databases)
  if (probed.possible) {
    console.error(`possible: ${probed.why}`)
    const { id, config } = await snapshotNative(world, { observed, databases, ...probed })
    console.log(JSON.stringify({ reference: `${volume}@${id}`, config }))
  } else console.log(JSON.stringify({ why: probed.why }))
} catch (error) {
  if (!(error instanceof VolError)) throw error
  console.log(JSON.stringify({ code: error.code, message: error.message, output: error.output }))
  process.exitCode = error.exit
}
