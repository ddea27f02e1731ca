import { array, assert, boolean, constantFrom, property, record } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exampleContainer } from '../examples.ts'
import type { Container, ContainerState } from '../facts.ts'
import type { HeldContainer } from './held-container.ts'
import { heldContainer, planHold } from './plan-hold.ts'
import { planRelease } from './plan-release.ts'

const labels = {
  'com.docker.compose.project': 'shop',
  'com.docker.compose.service': 'db',
  'com.docker.compose.container-number': '1',
}

/** A container that ran, and was then held. */
function held(how: 'pause' | 'stop', changes: Partial<Container> = {}): HeldContainer {
  const container = exampleContainer({ labels, ...changes })
  const [plan] = planHold([container], { volumes: ['pgdata'], how, why: 'a test' }).containers
  if (plan === undefined) throw new Error('it is not held')
  return heldContainer(container, plan, ['pgdata'])
}

function released(how: 'pause' | 'stop', now: Partial<Container> | undefined, engineRestarted = false) {
  const containers = now === undefined ? [] : [exampleContainer({ labels, ...now })]
  return planRelease(held(how), containers, { engineRestarted })
}

const later = '2026-11-23T08:00:00Z'

describe('a container that was paused', () => {
  test('goes on when it still is', () => {
    expect(released('pause', { state: 'paused' }).act).toEqual({ do: 'unpause', id: 'c0ffee' })
  })

  test('needs nothing when somebody has let it go on, once no order of ours can be under way', () => {
    expect(released('pause', { state: 'running' }).act).toEqual({ do: 'nothing', unsettled: true })
  })

  test('stays paused when somebody has started it and paused it since', () => {
    const { act } = released('pause', { state: 'paused', startedAt: later })
    expect(act).toEqual({ do: 'nothing', unsettled: false })
  })

  test('stays ended when somebody has ended it, which is told', () => {
    const { act, note } = released('pause', { state: 'exited', exitCode: 137 })
    expect(act).toEqual({ do: 'nothing', unsettled: false })
    expect(note).toMatch(/has ended while it was paused \(exit code 137\).*docker start db/)
  })

  test('is started when the engine has ended it by ending itself', () => {
    const { act, note } = released('pause', { state: 'exited', exitCode: 255 }, true)
    expect(act).toEqual({ do: 'start', id: 'c0ffee' })
    expect(note).toMatch(/together with the engine/)
  })

  test('needs nothing when its restart policy has brought it back after that', () => {
    const { act } = released('pause', { state: 'running', startedAt: later }, true)
    expect(act).toEqual({ do: 'nothing', unsettled: false })
  })

  test('that is gone is told of', () => {
    const { act, note } = released('pause', undefined)
    expect(act).toEqual({ do: 'nothing', unsettled: false })
    expect(note).toMatch(/"db" is gone/)
  })

  test('leaves its successor alone, also a paused one: that is somebody else’s doing', () => {
    for (const state of ['running', 'paused', 'created'] as const) {
      const { act, note } = released('pause', { id: 'beef', name: 'db-2', state })
      expect(act).toEqual({ do: 'nothing', unsettled: false })
      expect(note).toContain(`replaced by "db-2" meanwhile, which is ${state}`)
    }
  })
})

describe('a container that was stopped', () => {
  test('is started', () => {
    expect(released('stop', { state: 'exited' }).act).toEqual({ do: 'start', id: 'c0ffee' })
  })

  test('is waited for while it has not ended yet', () => {
    expect(released('stop', { state: 'running' }).act).toEqual({ do: 'nothing', unsettled: true })
  })

  test('needs nothing when it was started since, and stays ended when it has ended since', () => {
    for (const state of ['running', 'exited'] as const)
      expect(released('stop', { state, startedAt: later }).act).toEqual({ do: 'nothing', unsettled: false })
  })

  test('is followed by its successor, which Compose has not started', () => {
    const { act, note } = released('stop', { id: 'beef', name: 'db-2', state: 'created' })
    expect(act).toEqual({ do: 'start', id: 'beef' })
    expect(note).toMatch(/started in its stead/)
  })

  test('has no successor in another project, service or number', () => {
    for (const part of Object.keys(labels)) {
      const other = { id: 'beef', state: 'created', labels: { ...labels, [part]: 'other' } } as const
      expect(released('stop', other).note).toMatch(/is gone/)
    }
  })
})

const states: readonly ContainerState[] = [
  'created',
  'running',
  'paused',
  'restarting',
  'removing',
  'exited',
  'dead',
]
const containers = array(
  record({
    id: constantFrom('a', 'b', 'c', 'd'),
    before: constantFrom(...states),
    now: constantFrom(...states),
    readOnly: boolean(),
    restarted: boolean(),
  }),
)

const mountsOf = (readOnly: boolean) => [{ volume: 'pgdata', destination: '/data', readOnly }]

test('whatever it was and whatever has happened, what did not run before is neither started nor let go on', () => {
  assert(
    property(
      containers,
      constantFrom('pause' as const, 'stop' as const),
      boolean(),
      (all, how, engineRestarted) => {
        const unique = [...new Map(all.map((each) => [each.id, each])).values()]
        const before = unique.map(({ id, before: state, readOnly }) =>
          exampleContainer({ id, name: id, state, mounts: mountsOf(readOnly) }),
        )
        const now = unique.map(({ id, now: state, readOnly, restarted }) =>
          exampleContainer({
            id,
            name: id,
            state,
            mounts: mountsOf(readOnly),
            ...(restarted ? { startedAt: later } : {}),
          }),
        )
        const { containers: planned } = planHold(before, { volumes: ['pgdata'], how, why: '' })
        for (const plan of planned) {
          const was = before.find(({ id }) => id === plan.id)
          if (was === undefined) throw new Error('it holds what is not there')
          expect(was.state, 'what was paused or did not run is never held').toMatch(
            /running|restarting|removing/,
          )
          expect(was.mounts.every(({ readOnly }) => readOnly)).toBe(false)
          const { act } = planRelease(heldContainer(was, plan, ['pgdata']), now, { engineRestarted })
          const is = now.find(({ id }) => id === plan.id)
          if (act.do === 'nothing') continue
          expect(act.id).toBe(plan.id)
          expect(is?.startedAt, 'somebody else has started it').toBe(was.startedAt)
          expect(is?.state).toMatch(act.do === 'unpause' ? /paused/ : /created|exited|dead/)
          if (how === 'pause' && act.do === 'start') expect(engineRestarted).toBe(true)
        }
      },
    ),
  )
})
