import { describe, expect, test } from 'vitest'
import { exampleContainer, exampleObserved, exampleVolume } from '../examples.ts'
import type { Container } from '../facts.ts'
import { isDestructive } from '../plan/step.ts'
import { exampleId, exampleSnapshot } from '../snapshots/examples.ts'
import type { SnapshotConfig, SnapshotSet } from '../snapshots/format.ts'
import { meanwhile } from './restore.ts'
import { planRestoreSet, whatToRestore, type SetMember } from './restore-set.ts'

const set: SnapshotSet = { id: exampleId(1), project: 'shop', volumes: ['data', 'uploads'] }
const why = 'asked for'

function member(name: string, consumers: readonly Container[] = []): SetMember {
  const observed = exampleObserved({ volume: exampleVolume({ name }), consumers })
  return { snapshot: exampleSnapshot(exampleId(2), name), target: { name, observed, empty: false } }
}

function user(name: string, volumes: readonly string[], changes: Partial<Container> = {}): Container {
  const mounts = volumes.map((volume) => ({ volume, destination: `/${volume}`, readOnly: false }))
  return exampleContainer({ id: `id-of-${name}`, name, mounts, ...changes })
}

describe('a plan to restore a set', () => {
  test('is one step, which holds everybody once, for all volumes', () => {
    const web = user('web', ['data', 'uploads'])
    const db = user('db', ['data'], { stopTimeout: 90 })
    const plan = planRestoreSet(set, [member('data', [db, web]), member('uploads', [web]), member('idle')], {
      why,
    })
    expect(plan.steps).toMatchObject([
      {
        do: 'restore-set',
        set,
        restores: [{ volume: 'data', replace: true }, { volume: 'uploads' }, { volume: 'idle' }],
        hold: {
          volumes: ['data', 'uploads', 'idle'],
          how: 'stop',
          writes: true,
          containers: [
            { name: 'db', how: 'stop', graceSeconds: 90 },
            { name: 'web', how: 'stop', graceSeconds: 60 },
          ],
        },
        why: 'asked for; containers "db", "web" use them, and are stopped until all are switched, then started again',
      },
    ])
    const [step] = plan.steps
    expect(step?.do === 'restore-set' && step.restores.some((each) => 'hold' in each)).toBe(false)
    expect(step && isDestructive(step)).toBe(true)
    expect(meanwhile(plan)).toContain('"db", "web" will be stopped')
  })

  test('holds nobody when nobody runs, and makes volumes that are gone', () => {
    const gone = { ...member('data'), target: { name: 'data', observed: undefined, empty: false } }
    const { steps } = planRestoreSet(set, [gone], { why })
    expect(steps).toMatchObject([{ why, restores: [{ make: { name: 'data' }, replace: false }] }])
    expect(steps[0]).not.toHaveProperty('hold')
    expect(steps[0] && isDestructive(steps[0])).toBe(false)
  })

  test('is refused when one container cannot be stopped and started again', () => {
    const members = [member('data'), member('uploads', [user('once', ['uploads'], { autoRemove: true })])]
    expect(() => planRestoreSet(set, members, { why })).toThrow(
      expect.objectContaining({ code: 'VOLUME_IN_USE', exit: 5 }),
    )
  })

  test('says of an undo that it is one', () => {
    const { steps } = planRestoreSet(set, [member('data')], { takenBy: 'undo', why })
    expect(steps).toMatchObject([{ restores: [{ takenBy: 'undo' }] }])
  })

  test('never has what was no volume', () => {
    const { snapshot, target } = member('data')
    const folder = { path: '/srv/data', service: 'db', destination: '/data' }
    const config = { ...snapshot.config, folder }
    expect(() => planRestoreSet(set, [{ snapshot: { ...snapshot, config }, target }], { why })).toThrow(
      expect.objectContaining({ code: 'VOLUME_CONFLICT', message: expect.stringContaining('/srv/data') }),
    )
  })
})

function changed(volume: string, changes: Partial<SnapshotConfig>) {
  const snapshot = exampleSnapshot(exampleId(2), volume)
  return { ...snapshot, config: { ...snapshot.config, ...changes } }
}

const names = (some: readonly { readonly volume: string }[]) => some.map(({ volume }) => volume)

describe('what is restored of a set', () => {
  const plain = exampleSnapshot(exampleId(2), 'data')
  const anonymous = { 'com.docker.volume.anonymous': '' }
  const folder = changed('shop_db', { folder: { path: '/srv/db', service: 'db', destination: '/data' } })
  const gone = changed('a1b2', { volume: { ...plain.config.volume, name: 'a1b2', labels: anonymous } })
  const members = [plain, folder, gone]
  const found = { set, snapshots: members, missing: ['cache'] }

  test('is no folder of the host and no anonymous volume that is gone, unless it is named', () => {
    const { chosen, notes } = whatToRestore(found, members, { named: [], volumes: [] })
    expect(names(chosen)).toEqual(['data'])
    expect(notes).toEqual([
      `/srv/db is not written: docker vol restore --into VOLUME shop_db@${exampleId(2)} restores it.`,
      'a1b2 was anonymous and is gone with its container: it is not made again.',
      'cache is in the set, but was not asked for: it stays as it is.',
    ])
    const named = whatToRestore(found, members, { named: ['data', 'a1b2'], volumes: [] })
    expect(names(named.chosen)).toEqual(['data', 'a1b2'])
    const there = whatToRestore(found, members, { named: [], volumes: [exampleVolume({ name: 'a1b2' })] })
    expect(names(there.chosen)).toEqual(['data', 'a1b2'])
  })

  test('is what there is when there is nothing else, so that it is refused for its own reason', () => {
    expect(names(whatToRestore(found, [folder], { named: [], volumes: [] }).chosen)).toEqual(['shop_db'])
  })

  test('leaves volumes of the project that are not in the set, and says so', () => {
    const labels = { 'com.docker.compose.project': 'shop' }
    const volumes = [exampleVolume({ name: 'later', labels }), exampleVolume({ name: 'other' })]
    expect(whatToRestore({ ...found, missing: [] }, members, { named: [], volumes }).notes.at(-1)).toBe(
      'later is of the project, but not in the set: it stays as it is.',
    )
  })
})
