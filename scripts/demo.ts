/**
 * `npm run demo`: shows the main job on a real engine with the real commands, from a fresh clone on. It has a
 * Docker configuration of its own, and takes away what it made however it ends.
 */
import process from 'node:process'
import { type Bed, bedDown, bedUp } from '../test/bed/bed.ts'
import { cacheFolder } from '../test/bed/cache.ts'
import { missingPackages, whyNotDebianAsRoot } from '../test/bed/debian.ts'
import { ownEngineRuns } from '../test/bed/engine.ts'
import { withLock } from '../test/bed/lock.ts'
import { label, preparePlace, project, volume } from './demo/place.ts'
import { screenOn, type Screen } from './demo/screen.ts'
import { tellStory } from './demo/story.ts'
import { typedIn, type Typed } from './demo/typed.ts'

const interrupted = new AbortController()
const { signal } = interrupted
const screen = screenOn(signal)
const interrupt = () => {
  if (signal.aborted) return
  interrupted.abort(new Error('Interrupted.'))
  screen.line('\nInterrupted; cleaning up ...')
}
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, interrupt)
// Whoever reads may go away; cleaning up goes on.
process.stdout.on('error', interrupt)

let leftBehind = false
try {
  // Two at once would take the project away from each other.
  await withLock('docker-vol-demo', () => demo(screen))
} catch (error) {
  const message = error instanceof Error ? error.message : String(error)
  if (signal.aborted && !leftBehind) screen.line('What the demo made is gone.')
  else screen.bad(`\nThe demo failed: ${message}`)
  process.exitCode = signal.aborted && !leftBehind ? 130 : 1
}

async function demo(on: Screen): Promise<void> {
  on.line('docker vol in two minutes. The first time, an engine and a Postgres may have to be fetched.')
  const ranBefore = await ownEngineRuns(cacheFolder())
  const lacking = await packagesToInstall()
  let bed: Bed | undefined
  let rows = 0
  try {
    bed = await unlessInterrupted(bedUp())
    rows = await onEngine(bed, on)
  } finally {
    // Also when it was interrupted on its way up.
    if (!ranBefore && bed?.own !== false) await cleanUp(() => bedDown())
  }
  on.good(`\nAll ${rows} rows are back, each compared with what it was before the loss.`)
  on.line('\nThe project, its volume, the snapshot and the plugin of this demo are gone again.')
  await tellWhatIsKept(bed, on, ranBefore, lacking)
  on.line("To install docker vol for good:  npm run link   (then try 'docker vol --help')")
}

async function onEngine(bed: Bed, on: Screen): Promise<number> {
  const place = await preparePlace(bed, signal)
  const typed = typedIn(place, on, signal)
  try {
    await removeLeftovers(typed)
    try {
      return await tellStory(on, typed)
    } finally {
      await cleanUp(() => removeProject(typed))
    }
  } finally {
    await cleanUp(() => place.remove())
  }
}

/** A demo that was killed left a project, which carries our label; another of that name is not ours to touch. */
async function removeLeftovers(typed: Typed): Promise<void> {
  const found = async (key: string) =>
    (await typed.ask('docker', 'ps', '--all', '--quiet', `--filter=label=${key}`)) +
    (await typed.ask('docker', 'volume', 'ls', '--quiet', `--filter=label=${key}`))
  const named = (await found(`com.docker.compose.project=${project}`)) !== ''
  if (named && (await found(label)) === '')
    throw new Error(`there is a Compose project "${project}" that this demo did not make`)
  if (named) await removeProject(typed)
}

async function removeProject({ tidy }: Typed): Promise<void> {
  await tidy('docker', 'compose', '--progress=quiet', 'down', '--volumes', '--timeout=1')
  await tidy('docker', 'volume', 'rm', '--force', volume)
}

async function cleanUp(act: () => Promise<void>): Promise<void> {
  try {
    await act()
  } catch (cause) {
    leftBehind = true
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`not all that it made could be removed: ${reason}`, { cause })
  }
}

async function packagesToInstall(): Promise<readonly string[]> {
  return (await whyNotDebianAsRoot()) === undefined ? await missingPackages('engine') : []
}

async function tellWhatIsKept(
  { own, cache, images }: Bed,
  on: Screen,
  ranBefore: boolean,
  lacking: readonly string[],
): Promise<void> {
  const engine = own && !ranBefore ? ', stopped' : ''
  const kept = own
    ? `the engine and its images in ${cache}${engine} (npm run bed:down -- --purge removes them)`
    : `on your engine the images for tests (${images.postgres17} …), and ${cache} (npm run bed:down -- --purge)`
  on.line(`Kept for the next time: ${kept}.`)
  const still = new Set(lacking.length === 0 ? [] : await missingPackages('engine'))
  const installed = lacking.filter((name) => !still.has(name))
  if (installed.length > 0) on.line(`Debian packages were installed, and stay: ${installed.join(' ')}.`)
}

async function unlessInterrupted<Result>(work: Promise<Result>): Promise<Result> {
  const aborted = Promise.withResolvers<never>()
  const abort = () => aborted.reject(signal.reason)
  work.catch(() => undefined)
  signal.throwIfAborted()
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([work, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
