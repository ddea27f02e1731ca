import { lookThrough } from '../databases/look-into.ts'
import { recogniseDatabases } from '../databases/recognise.ts'
import type { Container, DatabaseFacts, Engine, ObservedVolume } from '../facts.ts'
import type { SnapshotStep } from '../plan/step.ts'
import type { World } from '../plan/world.ts'
import { useHelper } from '../volumes/session.ts'
import type { Consumer, SnapshotConfig, SnapshotSet, StoredSnapshot, Warning } from './format.ts'
import { newSnapshotId } from './id.ts'
import { redactOptions } from './redact.ts'
import { takeSnapshot, type Taken } from './take.ts'
import { withDraft } from './with-draft.ts'

/** Takes a snapshot of one volume into the store. Nothing is listed unless all of it is there. */
export async function snapshotVolume(world: World, step: SnapshotStep): Promise<StoredSnapshot> {
  const { observed, set } = step
  const { name } = observed.volume
  const about = describe(world, observed)
  about.catch(() => undefined)
  return await withDraft(world, name, { title: `Snapshot ${name}` }, async ({ draft, compressor, task }) => {
    const images = observed.consumers.map(({ imageId }) => imageId)
    const used = await useHelper(world, { reads: name, images }, async (helper) => {
      // What is known of a volume's contents is no reason to fail.
      const looking = lookThrough(helper, 'volume').catch(() => undefined)
      const taken = await takeSnapshot({
        helper,
        compressor,
        draft,
        signal: world.signal,
        consistency: { method: step.method, why: step.why },
        expect: (total) => task.update({ total }),
        progress: (done) => task.update({ done }),
      })
      return { taken, databases: recogniseDatabases(await looking, name, observed.consumers) }
    })
    const { result, closed } = used
    closed.catch(() => undefined)
    const { taken, databases } = result
    const config = configOf(world, observed, taken, { ...(await about), databases, set })
    const snapshot = await draft.commit(config, taken.layers, {})
    await closed
    task.finish()
    return snapshot
  })
}

/** What a snapshot says of its volume beside its files. */
export type About = {
  readonly engine: Engine
  readonly consumers: readonly Consumer[]
  /** What the volume holds; left out where nobody looked. */
  readonly databases?: readonly DatabaseFacts[]
  /** Which set of a project it belongs to, if any. */
  readonly set?: SnapshotSet | undefined
}

/** Asks docker for what a snapshot says of its volume. */
export async function describe(world: World, observed: ObservedVolume): Promise<About> {
  const [engine, consumers] = await Promise.all([
    world.docker.engine(),
    Promise.all(observed.consumers.map((container) => consumerOf(world, observed.volume.name, container))),
  ])
  return { engine, consumers }
}

async function consumerOf(world: World, volume: string, container: Container): Promise<Consumer> {
  const image = await world.docker.image(container.imageId)
  const mount = container.mounts.find((candidate) => candidate.volume === volume)
  const project = container.labels['com.docker.compose.project']
  const service = container.labels['com.docker.compose.service']
  return {
    name: container.name,
    image: container.image,
    imageId: container.imageId,
    repositoryDigests: image?.repositoryDigests ?? [],
    state: container.state,
    destination: mount?.destination ?? '',
    readOnly: mount?.readOnly ?? false,
    ...(project === undefined ? {} : { project }),
    ...(service === undefined ? {} : { service }),
  }
}

/** The configuration of a snapshot that is complete now. */
export function configOf(
  world: World,
  { volume }: ObservedVolume,
  taken: Taken,
  { engine, consumers, databases, set }: About,
): SnapshotConfig {
  const now = new Date()
  const { options, redactedOptions } = redactOptions(volume.options)
  const project = volume.labels['com.docker.compose.project']
  const key = volume.labels['com.docker.compose.volume']
  const services = [...new Set(consumers.flatMap(({ service }) => (service === undefined ? [] : [service])))]
  return {
    formatVersion: 1,
    id: newSnapshotId(now),
    created: now.toISOString(),
    tool: { name: 'docker-vol', version: world.toolVersion },
    engine: {
      id: engine.id,
      version: engine.version,
      operatingSystem: engine.operatingSystem,
      architecture: engine.architecture,
    },
    volume: { name: volume.name, driver: volume.driver, options, redactedOptions, labels: volume.labels },
    ...(project === undefined
      ? {}
      : { compose: { project, ...(key === undefined ? {} : { volume: key }), services } }),
    consumers,
    ...(databases === undefined ? {} : { databases }),
    consistency: taken.consistency,
    totals: taken.totals,
    warnings: [...taken.warnings, ...redactedOptions.map(redactedWarning)],
    ...(volume.folder === undefined ? {} : { folder: volume.folder }),
    ...(set === undefined ? {} : { set }),
  }
}

function redactedWarning(option: string): Warning {
  return {
    code: 'option-redacted',
    message: `The driver option "${option}" holds a secret, which was left out.`,
  }
}
