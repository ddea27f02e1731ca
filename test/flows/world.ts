/** What the flows are carried out with: the fake engine, a real store and a real journal, in folders of their own. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { silent } from '../../src/cli/world.ts'
import { observeVolumes } from '../../src/docker/observe.ts'
import type { ObservedVolume } from '../../src/facts.ts'
import { directoryJournal } from '../../src/plan/directory-journal.ts'
import type { World } from '../../src/plan/world.ts'
import { directoryStore } from '../../src/stores/directory.ts'
import { fakeEngine, fakeImage, type FakeEngine } from '../fakes/docker.ts'

export type Flow = {
  readonly engine: FakeEngine
  readonly world: World
  /** The same world for a command with a signal of its own. */
  readonly worldOf: (signal: AbortSignal) => World
  readonly folder: string
  /** What was told beside the progress. */
  readonly messages: string[]
  /** Makes a volume; gives its folder. */
  volume(name: string): Promise<string>
  observe(name: string): Promise<ObservedVolume>
}

/** A world of its own for one test, removed when the test ends. */
export async function flow(signal = new AbortController().signal): Promise<Flow> {
  const engine = await fakeEngine()
  const folder = await mkdtemp(path.join(tmpdir(), 'docker-vol-flow-'))
  onTestFinished(async () => {
    await engine.dispose()
    await rm(folder, { recursive: true, force: true })
  })
  const messages: string[] = []
  const store = directoryStore(path.join(folder, 'snapshots'))
  const journal = directoryJournal(path.join(folder, 'journal'))
  const worldOf = (of: AbortSignal): World => ({
    docker: engine.docker(of),
    store,
    journal,
    progress: { ...silent, message: (text) => void messages.push(text) },
    signal: of,
    helperImage: fakeImage,
    toolVersion: '0.0.0',
    standardOutput: () => ({
      write: () => undefined,
      finish: async () => undefined,
      abandon: () => undefined,
    }),
    async *standardInput() {},
    withSignal: worldOf,
    withoutSignal: () => worldOf(new AbortController().signal),
  })
  const world = worldOf(signal)
  return {
    engine,
    world,
    worldOf,
    folder,
    messages,
    async volume(name) {
      await engine.docker().createVolume({ name, driver: 'local', options: {}, labels: {} })
      return engine.folder(name)
    },
    async observe(name) {
      const [observed] = await observeVolumes(engine.docker(), [name])
      if (observed === undefined) throw new Error(`no volume ${name}`)
      return observed
    },
  }
}
