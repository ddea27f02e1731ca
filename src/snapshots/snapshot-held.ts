import { lookThrough } from '../databases/look-into.ts'
import { recogniseDatabases } from '../databases/recognise.ts'
import type { Helper } from '../docker/docker.ts'
import type { DatabaseFacts } from '../facts.ts'
import { withHold, type Held } from '../holds/with-hold.ts'
import type { HeldSnapshotsStep } from '../plan/step.ts'
import type { World } from '../plan/world.ts'
import { withHelper } from '../volumes/session.ts'
import type { SnapshotSet, StoredSnapshot } from './format.ts'
import { configOf, describe, type About } from './snapshot-volume.ts'
import { takeSnapshot, type Taken } from './take.ts'
import { takeFirstPass, takeSecondPass, type FirstPass, type PassRequest } from './two-passes.ts'
import { withDraft, type Drafting } from './with-draft.ts'

type ToTake = HeldSnapshotsStep['volumes'][number]

/** A volume that is made ready to be copied while its containers are held. */
type Ready = Drafting & {
  readonly volume: ToTake
  readonly helper: Helper
  readonly about: Promise<About>
  readonly databases: readonly DatabaseFacts[]
}

/**
 * Takes snapshots of volumes at one point in time. As much as can be is done before anybody is held and after all go
 * on again: the first pass copies everything, the second one only what was written since.
 */
export async function snapshotHeld(
  world: World,
  step: HeldSnapshotsStep,
  told: (snapshot: StoredSnapshot) => Promise<void>,
): Promise<void> {
  await makeReady(world, step.volumes, [], async (ready) => {
    const first: (FirstPass | undefined)[] = []
    for (const one of ready) first.push(await copyBefore(world, one))
    const taken = await withHold(world, step.hold, (held) => takeAll(held, ready, first))
    for (const [index, one] of ready.entries()) {
      const finish = taken[index]
      if (finish !== undefined) await told(await commit(world, one, await finish(), step.set))
    }
  })
}

/** Opens one volume after the other, and closes all again whatever happens. */
async function makeReady(
  world: World,
  volumes: readonly ToTake[],
  ready: readonly Ready[],
  action: (ready: readonly Ready[]) => Promise<void>,
): Promise<void> {
  const [volume, ...others] = volumes
  if (volume === undefined) return await action(ready)
  const { observed } = volume
  const { name } = observed.volume
  const images = observed.consumers.map(({ imageId }) => imageId)
  const about = describe(world, observed)
  about.catch(() => undefined)
  await withDraft(world, name, { title: `Snapshot ${name}` }, (drafting) =>
    withHelper(world, { reads: name, images }, async (helper) => {
      // What is known of a volume's contents is no reason to fail.
      const look = await lookThrough(helper, 'volume').catch(() => undefined)
      const databases = recogniseDatabases(look, name, observed.consumers)
      await makeReady(world, others, [...ready, { volume, helper, ...drafting, about, databases }], action)
    }),
  )
}

async function copyBefore(world: World, one: Ready): Promise<FirstPass | undefined> {
  if (!one.volume.before) return undefined
  one.task.update({ text: 'copying while it is in use' })
  return await takeFirstPass(passRequest(world, one))
}

/** Copies what has to be copied while all are held; each lets go what only it needs. */
async function takeAll(
  held: Held,
  ready: readonly Ready[],
  first: readonly (FirstPass | undefined)[],
): Promise<readonly (() => Promise<Taken>)[]> {
  const taken: (() => Promise<Taken>)[] = []
  for (const [index, one] of ready.entries()) {
    const { observed, method, why } = one.volume
    one.task.update({ text: `copying while containers are ${method}` })
    const request = passRequest(held.world, one)
    const before = first[index]
    if (before === undefined) {
      const whole = await takeSnapshot({ ...request, consistency: { method, why } })
      taken.push(() => Promise.resolve(whole))
    } else taken.push(await takeSecondPass(request, before, { method, why }))
    await held.volumeDone(observed.volume.name)
  }
  return taken
}

function passRequest({ signal }: World, { helper, compressor, draft, task }: Ready): PassRequest {
  return {
    helper,
    compressor,
    draft,
    signal,
    expect: (total) => task.update({ done: 0, total }),
    progress: (done) => task.update({ done }),
  }
}

async function commit(
  world: World,
  one: Ready,
  taken: Taken,
  set: SnapshotSet | undefined,
): Promise<StoredSnapshot> {
  const about = { ...(await one.about), databases: one.databases, set }
  const config = configOf(world, one.volume.observed, taken, about)
  const snapshot = await one.draft.commit(config, taken.layers, {})
  one.task.finish()
  return snapshot
}
