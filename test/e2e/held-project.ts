/** A project whose containers are held while a test kills whoever holds them: several of them, to be killed side by side. */
import { mkdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { expect } from 'vitest'
import type { Compose } from './compose.ts'
import { expectReleased, statesByName } from './holding.ts'
import { scenario, type Scenario } from './scenario.ts'
import { temporaryFolder } from './standalone.ts'

/** One project with a store and a journal of its own. */
export type HeldProject = {
  readonly bed: Scenario
  readonly compose: Compose
  readonly project: string
  /** What all of its containers mount. */
  readonly volume: string
  /** All of its volumes. */
  readonly volumes: readonly string[]
  /** Name and state of each container, as they must be again. */
  readonly before: readonly string[]
  states(): Promise<readonly string[]>
  /** It is as it was, five seconds after a kill at the latest, and the journal is empty. */
  expectAsBefore(): Promise<void>
}

/** What so many projects need: at the top of a file, before `startHeldProject` of each. */
export async function heldScenarios(topic: string, count: number): Promise<readonly Scenario[]> {
  return await Promise.all(Array.from({ length: count }, (_, index) => scenario(`${topic}-${index + 1}`)))
}

/** A server and what needs it; one that somebody has paused, and one that somebody has stopped. */
export async function startHeldProject(bed: Scenario): Promise<HeldProject> {
  await mkdir(temporaryFolder(bed), { recursive: true })
  const service = (volumes: readonly string[], ...needs: readonly string[]) => ({
    image: bed.images.debian,
    init: true,
    command: ['sleep', 'infinity'],
    volumes,
    depends_on: needs,
    stop_grace_period: '5s',
  })
  const compose = await bed.compose({
    services: {
      db: service(['data:/data']),
      app: service(['data:/data', 'uploads:/uploads'], 'db'),
      byhand: service(['data:/data']),
      off: service(['data:/data']),
    },
    volumes: { data: {}, uploads: {} },
  })
  const { project } = compose
  await compose.up()
  await Promise.all([compose.run('pause', 'byhand'), compose.run('stop', 'off')])
  const states = () => statesByName(bed, `label=com.docker.compose.project=${project}`)
  const before = await states()
  expect(before.map((each) => each.split(' ')[1])).toEqual(['running', 'paused', 'running', 'exited'])
  return {
    bed,
    compose,
    project,
    volume: compose.volume('data'),
    volumes: [compose.volume('data'), compose.volume('uploads')],
    before,
    states,
    expectAsBefore: () => expectAsBefore(bed, states, before),
  }
}

/**
 * The watchdog stays for longer than five seconds when an order could still take effect; when it has gone, nothing comes
 * any more.
 */
async function expectAsBefore(
  bed: Scenario,
  states: HeldProject['states'],
  before: readonly string[],
): Promise<void> {
  const since = Date.now()
  await Promise.race([expectReleased(bed, 30_000), sleep(4500)])
  while (Date.now() - since < 60_000 && !isDeepStrictEqual(await states(), before)) await sleep(100)
  // The last look was begun before the five seconds were over, and may have taken a while.
  const seconds = (Date.now() - since) / 1000
  expect(await states()).toEqual(before)
  expect(seconds, 'seconds until all are as before').toBeLessThan(6)
  await expectReleased(bed, 30_000)
  expect(await states()).toEqual(before)
}
