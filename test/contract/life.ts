import { expect, test } from 'vitest'
import type { Container } from '../../src/facts.ts'
import type { CreateVolume, DockerUnderTest } from './subject.ts'

/** What pausing, stopping and starting containers must do. */
export function lifeContract(subjectOf: () => DockerUnderTest, createVolume: CreateVolume): void {
  /** Starts containers on a volume of their own; gives how they are now, in the order of their names. */
  async function containers(count: number) {
    const subject = subjectOf()
    const { docker } = subject
    const volume = await createVolume('life')
    const names = Array.from({ length: count }, () => subject.name('alive'))
    for (const each of names) await subject.container({ name: each, volume, readOnly: false, labels: {} })
    const look = async (): Promise<readonly Container[]> => {
      const found = await docker.containers(volume)
      return names.flatMap((each) => found.filter((one) => one.name === each))
    }
    return { ids: (await look()).map(({ id }) => id), look, docker }
  }

  test('containers are paused and go on, without being started anew', async () => {
    const { ids, look, docker } = await containers(2)
    const before = await look()
    await docker.pause(ids)
    expect(states(await look())).toEqual(['paused', 'paused'])
    await docker.unpause(ids)
    expect(await look()).toEqual(before)
  })

  test('when one cannot be paused or go on, the others do all the same', async () => {
    const { ids, look, docker } = await containers(3)
    const [first = '', second = '', third = ''] = ids
    await docker.pause([second])
    await expect(docker.pause(ids)).rejects.toMatchObject({ code: 'DOCKER_FAILED' })
    expect(states(await look())).toEqual(['paused', 'paused', 'paused'])
    await docker.unpause([first])
    await expect(docker.unpause(['no-such-container', ...ids])).rejects.toMatchObject({
      code: 'DOCKER_FAILED',
    })
    expect(states(await look())).toEqual(['running', 'running', 'running'])
    await docker.stop([third], 5)
    await expect(docker.pause(ids)).rejects.toMatchObject({ code: 'DOCKER_FAILED' })
    expect(states(await look())).toEqual(['paused', 'paused', 'exited'])
  })

  test('containers are stopped and started, and tell when', async () => {
    const { ids, look, docker } = await containers(2)
    const before = await look()
    await docker.stop(ids, 5)
    const stopped = await look()
    expect(stopped).toMatchObject([
      { state: 'exited', exitCode: 143, startedAt: before[0]?.startedAt },
      { state: 'exited', exitCode: 143, startedAt: before[1]?.startedAt },
    ])
    for (const [index, { finishedAt }] of stopped.entries())
      expect(Date.parse(finishedAt)).toBeGreaterThanOrEqual(Date.parse(before[index]?.startedAt ?? ''))
    await docker.stop(ids, 5)
    await docker.start(ids)
    const started = await look()
    expect(states(started)).toEqual(['running', 'running'])
    for (const [index, { startedAt }] of started.entries())
      expect(startedAt).not.toBe(before[index]?.startedAt)
    await docker.start(ids)
    expect(await look()).toEqual(started)
  })

  test('all containers are found, whichever were expected', async () => {
    const { ids, docker } = await containers(2)
    const byId = (all: readonly Container[]) =>
      all.filter(({ id }) => ids.includes(id)).toSorted((one, other) => (one.id < other.id ? -1 : 1))
    const all = byId(await docker.containers())
    expect(all).toHaveLength(2)
    for (const known of [[], ids, ids.slice(1), ['f'.repeat(64), ...ids]])
      expect(byId(await docker.containersLike(known))).toEqual(all)
  })

  test('nothing is asked of docker for no container', async () => {
    const { docker } = subjectOf()
    for (const word of ['pause', 'unpause', 'start'] as const) await docker[word]([])
    await docker.stop([], 1)
    await expect(docker.start(['no-such-container'])).rejects.toMatchObject({ code: 'DOCKER_FAILED' })
  })

  test('the engine says when it was started, and the same each time', async () => {
    const { docker } = subjectOf()
    const start = await docker.engineStart()
    expect(start).toMatch(/^\d{4}-\d\d-\d\d[ T]\d\d:\d\d/)
    expect(await docker.engineStart()).toBe(start)
  })
}

function states(all: readonly Container[]): readonly string[] {
  return all.map(({ state }) => state)
}
