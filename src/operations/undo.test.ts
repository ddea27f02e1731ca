import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exampleContainer, exampleObserved } from '../examples.ts'
import { renderPlan } from '../plan/render.ts'
import { exampleId, exampleSnapshot } from '../snapshots/examples.ts'
import type { StoredSnapshot, UndoCopy } from '../snapshots/format.ts'
import { expiredUndoCopies, keptUntil, lastUndoCopy, planUndo, undoCopies } from './undo.ts'

const day = 86_400_000
const now = new Date('2026-11-23T12:00:00.000Z')

/** An undo copy of what was replaced so many days ago. */
function copyOf(daysAgo: number, volume = 'pgdata', undo: Partial<UndoCopy> = {}): StoredSnapshot {
  const snapshot = exampleSnapshot(exampleId(10_000 - Math.round(daysAgo * 10)), volume)
  const at = new Date(now.getTime() - daysAgo * day).toISOString()
  const what = { operation: 'a1', takenBy: 'restore', replacedBy: 'pgdata@1', at } as const
  return { ...snapshot, config: { ...snapshot.config, undo: { ...what, ...undo } } }
}

describe('the last restore', () => {
  const asked = exampleSnapshot(exampleId(1))

  test('is that which replaced something last, whenever the copy was made', () => {
    const late = { ...copyOf(5), id: exampleId(99_999) }
    const copies = [copyOf(9), late, copyOf(2), copyOf(1, 'uploads'), asked]
    expect(lastUndoCopy(copies, 'pgdata').config.undo.at).toBe('2026-11-21T12:00:00.000Z')
    expect(lastUndoCopy(copies, undefined).volume).toBe('uploads')
    expect(undoCopies(copies)).toHaveLength(4)
  })

  test('of a volume that none has been of is NOTHING_TO_UNDO', () => {
    expect(() => lastUndoCopy([asked, copyOf(1)], 'other')).toThrow(
      expect.objectContaining({ code: 'NOTHING_TO_UNDO', exit: 4 }),
    )
    expect(() => lastUndoCopy([asked], undefined)).toThrow(expect.objectContaining({ exit: 4 }))
  })
})

const last = (copy: StoredSnapshot) => lastUndoCopy([copy], 'pgdata')

describe('a plan', () => {
  const there = { name: 'pgdata', observed: exampleObserved(), empty: false }
  const gone = { name: 'pgdata', observed: undefined, empty: false }

  test('brings the whole volume back, over what it holds or anew', () => {
    const copy = last(copyOf(1))
    expect(planUndo(copy, there).steps).toMatchObject([
      {
        do: 'restore',
        takenBy: 'undo',
        replace: true,
        why: 'pgdata held this until pgdata@1 was restored',
      },
    ])
    expect(planUndo(copy, gone).steps).toMatchObject([{ do: 'restore', make: { name: 'pgdata' } }])
  })

  test('stops who uses the volume meanwhile, and says so', () => {
    const observed = exampleObserved({ consumers: [exampleContainer()] })
    expect(planUndo(last(copyOf(1)), { ...there, observed }).steps).toMatchObject([
      { why: expect.stringMatching(/until pgdata@1 was restored; container "db" .* stopped/), hold: {} },
    ])
  })

  test('of a migration leaves who runs the new version stopped, and starts who ran the old one', () => {
    const stopped = [
      { id: 'old', name: 'db' },
      { id: 'gone', name: 'replaced' },
    ]
    const migrated: Partial<UndoCopy> = { takenBy: 'migration', replacedBy: 'postgres:17', stopped }
    const consumers = [
      exampleContainer({ id: 'new', name: 'db17' }),
      exampleContainer({ id: 'old', state: 'exited' }),
    ]
    const observed = exampleObserved({ consumers })
    const { steps, notes } = planUndo(last(copyOf(1, 'pgdata', migrated)), { ...there, observed })
    expect(steps).toMatchObject([
      {
        do: 'restore',
        otherVersion: true,
        hold: { stays: true, containers: [{ id: 'new' }], starts: [{ id: 'old', name: 'db' }] },
        why: expect.stringContaining('until it was migrated to postgres:17'),
      },
    ])
    expect(notes).toEqual([expect.stringMatching(/^"db17" can use only what is there now, and will stay/)])
  })

  test('of a migration starts who ran the old one though nobody has to be stopped', () => {
    const stopped = [{ id: 'old', name: 'db' }]
    const migrated: Partial<UndoCopy> = { takenBy: 'migration', replacedBy: 'postgres:17', stopped }
    const observed = exampleObserved({ consumers: [exampleContainer({ id: 'old', state: 'exited' })] })
    const plan = planUndo(last(copyOf(1, 'pgdata', migrated)), { ...there, observed })
    expect(plan.steps).toMatchObject([
      { do: 'restore', hold: { writes: true, stays: true, containers: [], starts: [{ id: 'old' }] } },
    ])
    expect(plan.notes).toBeUndefined()
    expect(renderPlan(plan)).toMatch(/^1\. restore .*\n {3}start db then +# left stopped when/)
  })

  test('of a migration that nobody was stopped for still lets nobody go on with another version', () => {
    const migrated: Partial<UndoCopy> = { takenBy: 'migration', replacedBy: 'postgres:17', stopped: [] }
    const observed = exampleObserved({ consumers: [exampleContainer()] })
    const { steps } = planUndo(last(copyOf(1, 'pgdata', migrated)), { ...there, observed })
    expect(steps).toMatchObject([{ do: 'restore', otherVersion: true, hold: { stays: true } }])
  })

  test('brings single paths back, those that were not there gone again', () => {
    const copy = last(copyOf(1, 'pgdata', { paths: ['etc', 'new'], replacedBy: '-' }))
    expect(planUndo(copy, there).steps).toMatchObject([
      { do: 'restore-paths', takenBy: 'undo', exact: true, paths: ['etc', 'new'] },
    ])
    expect(() => planUndo(copy, gone)).toThrow(expect.objectContaining({ code: 'VOLUME_NOT_FOUND' }))
  })
})

describe('undo copies have had their time', () => {
  test('when they are older than that, unless they are the last of their volume', () => {
    const copies = [copyOf(20), copyOf(8), copyOf(6), copyOf(30, 'uploads'), exampleSnapshot(exampleId(1))]
    const expired = expiredUndoCopies(copies, now, 7 * day)
    expect(expired.map(({ volume, config }) => [volume, config.undo.at.slice(0, 10)])).toEqual([
      ['pgdata', '2026-11-15'],
      ['pgdata', '2026-11-03'],
    ])
    const [newest, second] = undoCopies(copies, 'pgdata')
    if (newest === undefined || second === undefined) throw new Error('there are two')
    expect(keptUntil(newest, copies, 7 * day)).toBeUndefined()
    expect(keptUntil(second, copies, 7 * day)?.toISOString()).toBe('2026-11-22T12:00:00.000Z')
  })

  test('never of a set that has the last one of another volume', () => {
    const set = { id: exampleId(1), project: 'shop', volumes: ['pgdata', 'uploads'] }
    const together = [copyOf(20), copyOf(20, 'uploads')].map((copy) => ({
      ...copy,
      config: { ...copy.config, set },
    }))
    const [first] = undoCopies(together, 'pgdata')
    if (first === undefined) throw new Error('there is one')
    const copies = [...together, copyOf(9)]
    expect(expiredUndoCopies(copies, now, 7 * day)).toEqual([])
    expect(keptUntil(first, copies, 7 * day)).toBeUndefined()
    const later = copyOf(1, 'uploads')
    expect(expiredUndoCopies([...copies, later], now, 7 * day)).toHaveLength(2)
  })

  test('all of them when none are to be kept', () => {
    expect(expiredUndoCopies([copyOf(0.1), copyOf(3)], now, 0)).toHaveLength(2)
  })

  test('never what somebody asked for; never the last of a volume; the same again when they are gone', () => {
    const some = fc.array(
      fc.tuple(fc.double({ min: 0, max: 60, noNaN: true }), fc.constantFrom('a1', 'b2'), fc.boolean()),
    )
    fc.assert(
      fc.property(some, fc.integer({ min: 1, max: 40 }), (made, days) => {
        const all = made.map(([age, volume, isCopy], index) => ({
          ...(isCopy ? copyOf(age, volume) : exampleSnapshot(exampleId(1), volume)),
          id: exampleId(index),
        }))
        const expired = expiredUndoCopies(all, now, days * day)
        expect(expired.every(({ config }) => config.undo !== undefined)).toBe(true)
        const left = all.filter((each) => !expired.some(({ id }) => id === each.id))
        for (const volume of ['a1', 'b2'])
          expect(undoCopies(left, volume).length > 0).toBe(undoCopies(all, volume).length > 0)
        expect(expiredUndoCopies(left, now, days * day)).toEqual([])
      }),
    )
  })
})
