import { describe, expect, test } from 'vitest'
import { exampleContainer } from '../examples.ts'
import { brokenBecause, type CompleteHold } from './broken.ts'
import { dependenciesOf, placeOf } from './compose-labels.ts'
import { lookAt, startedBeforeHeld } from './look.ts'
import { needsHealthy, startOrder } from './order.ts'
import { heldContainer, planHold, type HoldWish } from './plan-hold.ts'

const wish: HoldWish = { volumes: ['pgdata'], how: 'pause', why: 'a test' }
const reading = [{ volume: 'pgdata', destination: '/data', readOnly: true }]

describe('held are', () => {
  test('those that run and can write one of the volumes, from whichever project', () => {
    const all = [
      exampleContainer({ id: '1', labels: { 'com.docker.compose.project': 'one' } }),
      exampleContainer({ id: '2', labels: { 'com.docker.compose.project': 'two' } }),
      exampleContainer({ id: 'reader', mounts: reading }),
      exampleContainer({ id: 'other', mounts: [{ volume: 'x', destination: '/', readOnly: false }] }),
      exampleContainer({ id: 'paused', state: 'paused' }),
      exampleContainer({ id: 'ended', state: 'exited' }),
      exampleContainer({ id: 'helper', labels: { 'docker-vol.operation': 'x' } }),
    ]
    expect(planHold(all, wish).containers.map(({ id }) => id)).toEqual(['1', '2'])
  })

  test('those that only read as well, when the volumes themselves are written', () => {
    const all = [
      exampleContainer({ id: 'writer' }),
      exampleContainer({ id: 'reader', mounts: reading }),
      exampleContainer({ id: 'other', mounts: [{ volume: 'x', destination: '/', readOnly: false }] }),
      exampleContainer({ id: 'helper', mounts: reading, labels: { 'docker-vol.operation': 'x' } }),
    ]
    const hold = planHold(all, { ...wish, how: 'stop', writes: true })
    expect(hold.containers.map(({ id }) => id)).toEqual(['writer', 'reader'])
    const { ready } = lookAt(all, hold, [])
    expect(ready).toMatchObject([
      { id: 'writer', volumes: ['pgdata'] },
      { id: 'reader', volumes: ['pgdata'] },
    ])
  })

  test('by pausing, when they must not be stopped because they would be lost', () => {
    const all = [
      exampleContainer({ id: 'a', autoRemove: true }),
      exampleContainer({ id: 'b', labels: { 'com.docker.swarm.task.id': 'x' } }),
      exampleContainer({ id: 'c' }),
    ]
    expect(planHold(all, { ...wish, how: 'stop' }).containers).toMatchObject([
      { id: 'a', how: 'pause', why: expect.stringContaining('--rm') },
      { id: 'b', how: 'pause', why: expect.stringContaining('swarm') },
      { id: 'c', how: 'stop' },
    ])
  })

  test.each([
    [undefined, [], 10],
    [3, [], 3],
    [undefined, ['pgdata'], 60],
    [20, ['pgdata'], 60],
    [300, ['pgdata'], 300],
    [-1, ['pgdata'], 86_400],
  ])('given their time to end: %j, with databases %j: %d s', (stopTimeout, databases, graceSeconds) => {
    const all = [exampleContainer({ stopTimeout })]
    expect(planHold(all, { ...wish, how: 'stop', databases }).containers).toMatchObject([{ graceSeconds }])
  })
})

describe('a look while holding', () => {
  test('finds newcomers, and gives them the time that a database needs', () => {
    const hold = planHold([exampleContainer({ id: 'a' })], { ...wish, how: 'stop' })
    const held = [exampleContainer({ id: 'a', state: 'exited' }), exampleContainer({ id: 'b', name: 'new' })]
    expect(lookAt(held, hold, []).ready).toMatchObject([{ id: 'b', name: 'new', graceSeconds: 60 }])
  })

  test('tells those that we paused from those that somebody else has', () => {
    const hold = planHold([exampleContainer({ id: 'a' })], wish)
    const [plan] = hold.containers
    if (plan === undefined) throw new Error('nothing is held')
    const held = heldContainer(exampleContainer({ id: 'a' }), plan, wish.volumes)
    const now = [
      exampleContainer({ id: 'a', state: 'paused' }),
      exampleContainer({ id: 'b', state: 'paused' }),
    ]
    expect(lookAt(now, hold, [held])).toEqual({ ready: [], restless: [], leftPaused: ['b'] })
  })

  test('knows one that was started anew just before it was paused or stopped for ours', () => {
    for (const [how, state] of [
      ['pause', 'paused'],
      ['stop', 'exited'],
    ] as const) {
      const hold = planHold([exampleContainer()], { ...wish, how })
      const [plan] = hold.containers
      if (plan === undefined) throw new Error('nothing is held')
      const held = [heldContainer(exampleContainer(), plan, wish.volumes)]
      const now = [exampleContainer({ state, startedAt: 'later' })]
      expect(lookAt(now, hold, held).leftPaused).toEqual([])
      expect(startedBeforeHeld(now, held)).toMatchObject([{ id: 'c0ffee', startedAt: 'later' }])
      expect(startedBeforeHeld([exampleContainer({ startedAt: 'later' })], held)).toEqual([])
      expect(startedBeforeHeld([exampleContainer({ state })], held)).toEqual([])
    }
  })

  test('waits for those that are about to start again or to go', () => {
    const all = [
      exampleContainer({ id: 'a', name: 'a', state: 'restarting' }),
      exampleContainer({ id: 'b', name: 'b', state: 'removing' }),
    ]
    expect(lookAt(all, planHold(all, wish), [])).toMatchObject({ ready: [], restless: ['a', 'b'] })
    const stop = planHold(all, { ...wish, how: 'stop' })
    expect(lookAt(all, stop, [])).toMatchObject({ ready: [{ id: 'a' }], restless: ['b'] })
  })
})

describe('a hold is broken', () => {
  const container = exampleContainer()
  const [plan] = planHold([container], wish).containers
  if (plan === undefined) throw new Error('nothing is held')
  const held = heldContainer(container, plan, wish.volumes)
  const complete: CompleteHold = {
    volumes: wish.volumes,
    held: [held],
    leftPaused: ['by-hand'],
    starts: new Map([
      [container.id, container.startedAt],
      ['by-hand', container.startedAt],
      ['idle', ''],
    ]),
  }
  const paused = { ...container, state: 'paused' as const }

  test.each([
    ['one that we paused runs', [container]],
    ['one that we paused was started anew', [{ ...paused, startedAt: 'later' }]],
    ['one that somebody had paused runs', [paused, exampleContainer({ id: 'by-hand' })]],
    ['another has started', [paused, exampleContainer({ id: 'new' })]],
    [
      'another ran and has ended',
      [paused, exampleContainer({ id: 'idle', state: 'exited', startedAt: 'later' })],
    ],
  ])('when %s', (_, now) => {
    expect(brokenBecause(complete, now)).toMatch(/^the container "/)
  })

  test.each([
    ['all is as it was', [paused, exampleContainer({ id: 'by-hand', state: 'paused' })]],
    ['one that was held is gone', []],
    ['one that was held was killed', [{ ...paused, state: 'exited' as const }]],
    ['a reader starts', [paused, exampleContainer({ id: 'new', mounts: reading })]],
    [
      'a helper of ours writes',
      [paused, exampleContainer({ id: 'h', labels: { 'docker-vol.operation': 'x' } })],
    ],
    ['another was only made', [paused, exampleContainer({ id: 'new', state: 'created' })]],
  ])('but not when %s', (_, now) => {
    expect(brokenBecause(complete, now)).toBeUndefined()
  })
})

const service = (name: string, needs = '', project = 'shop') => {
  const container = exampleContainer({
    id: name,
    labels: {
      'com.docker.compose.project': project,
      'com.docker.compose.service': name,
      'com.docker.compose.container-number': '1',
      'com.docker.compose.depends_on': needs,
    },
  })
  return { name, place: placeOf(container), dependsOn: dependenciesOf(container) }
}

const names = (groups: ReturnType<typeof startOrder<ReturnType<typeof service>>>) =>
  groups.map((group) => group.map(({ name }) => name))

describe('the order of starting', () => {
  test('is what Compose says: each after all that it depends on', () => {
    const web = service('web', 'app:service_started:false')
    const app = service('app', 'db:service_healthy:true,cache:service_started:false')
    const all = [web, app, service('cache'), service('db')]
    expect(names(startOrder(all))).toEqual([['cache', 'db'], ['app'], ['web']])
    expect(all.filter((other) => needsHealthy(app, other)).map(({ name }) => name)).toEqual(['db'])
  })

  test('knows no services of other projects, and leaves nobody out of a circle', () => {
    expect(names(startOrder([service('app', 'db:service_started:false'), service('db', '', 'two')]))).toEqual(
      [['app', 'db']],
    )
    const circle = [service('a', 'b:service_started:false'), service('b', 'a:service_started:false')]
    expect(names(startOrder(circle))).toEqual([['a', 'b']])
  })

  test('a container of `docker compose run` is no member of its service', () => {
    const labels = {
      'com.docker.compose.project': 'shop',
      'com.docker.compose.service': 'db',
      'com.docker.compose.container-number': '1',
      'com.docker.compose.oneoff': 'True',
    }
    expect(placeOf({ labels })).toBeUndefined()
  })
})
