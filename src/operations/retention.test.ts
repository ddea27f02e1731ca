import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exampleConfig, exampleSnapshot } from '../snapshots/examples.ts'
import type { StoredSnapshot } from '../snapshots/format.ts'
import { newSnapshotId } from '../snapshots/id.ts'
import type { CheckResult, Verification } from '../snapshots/verification.ts'
import { isKnownDamaged, isVerified } from '../snapshots/verification.ts'
import { keepsSomething, retain, type KeepRules } from './retention.ts'

const now = new Date('2026-11-23T12:00:00.000Z')
const calm = { now, force: false }
const good: CheckResult = { at: '2026-11-23T11:00:00.000Z', good: true, about: '' }
const bad: CheckResult = { ...good, good: false }

type More = { readonly verification?: Verification; readonly live?: boolean }

function taken(at: string | Date, more: More = {}, random = 0): StoredSnapshot {
  const time = new Date(at)
  const id = newSnapshotId(time, () => Buffer.from([random >> 8, random & 255]))
  const config = exampleConfig(id)
  return {
    ...exampleSnapshot(id),
    config: {
      ...config,
      created: time.toISOString(),
      consistency: { ...config.consistency, method: more.live === true ? 'live' : 'paused' },
    },
    ...(more.verification === undefined ? {} : { verification: more.verification }),
  }
}

/** The beginnings of the times of those that stay, with the reasons. */
function stay(
  snapshots: readonly StoredSnapshot[],
  rules: KeepRules,
  options = calm,
): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    retain(snapshots, rules, options)
      .filter(({ keep }) => keep.length > 0)
      .map(({ snapshot, keep }) => [snapshot.config.created.slice(0, 16), keep]),
  )
}

describe('each rule keeps what it says, and says so', () => {
  test('the last so many', () => {
    const days = ['2026-11-20', '2026-11-21', '2026-11-22'].map((day) => taken(`${day}T01:00Z`))
    expect(stay(days, { last: 2 })).toEqual({
      '2026-11-21T01:00': ['among the last 2'],
      '2026-11-22T01:00': ['the newest', 'the newest one that was not copied live', 'among the last 2'],
    })
  })

  test('the newest of each of the last days that have one, by UTC', () => {
    const times = [
      '2026-11-01T12:00Z',
      '2026-11-20T00:00Z',
      '2026-11-20T23:59:59Z',
      // Across midnight in UTC, though not in New York.
      '2026-11-21T00:00Z',
      '2026-11-21T02:00Z',
    ]
    const kept = stay(
      times.map((at) => taken(at)),
      { daily: 3 },
    )
    expect(Object.keys(kept)).toEqual(['2026-11-01T12:00', '2026-11-20T23:59', '2026-11-21T02:00'])
    expect(kept['2026-11-20T23:59']).toEqual(['the newest of 2026-11-20'])
  })

  test('weeks are those of ISO 8601: the last days of December can be in the first week of January', () => {
    const times = ['2024-12-29T10:00Z', '2024-12-30T10:00Z', '2025-01-05T10:00Z', '2025-01-06T10:00Z']
    expect(
      stay(
        times.map((at) => taken(at)),
        { weekly: 9 },
      ),
    ).toMatchObject({
      '2024-12-29T10:00': ['the newest of 2024-W52'],
      '2025-01-05T10:00': ['the newest of 2025-W01'],
      '2025-01-06T10:00': expect.arrayContaining(['the newest of 2025-W02']),
    })
  })

  test('months and years', () => {
    const times = ['2024-03-01T10:00Z', '2025-01-31T10:00Z', '2025-02-01T10:00Z', '2025-02-02T10:00Z']
    const all = times.map((at) => taken(at))
    expect(Object.keys(stay(all, { monthly: 2 }))).toEqual(['2025-01-31T10:00', '2025-02-02T10:00'])
    expect(Object.keys(stay(all, { yearly: 2 }))).toEqual(['2024-03-01T10:00', '2025-02-02T10:00'])
  })

  test('within a time before the newest, not before today: after a long outage all is still there', () => {
    const times = ['2020-01-01T10:00Z', '2020-03-01T10:00Z', '2020-03-20T10:00Z']
    const kept = stay(
      times.map((at) => taken(at)),
      { within: 30 * 24 * 60 * 60 * 1000 },
    )
    expect(Object.keys(kept)).toEqual(['2020-03-01T10:00', '2020-03-20T10:00'])
  })

  test('no rule keeps nothing', () => {
    expect(keepsSomething({})).toBe(false)
    expect(keepsSomething({ last: 0, daily: 0, within: 0 })).toBe(false)
    expect(keepsSomething({ last: 0, yearly: 1 })).toBe(true)
  })
})

describe('what is worth little takes no place from what is worth more', () => {
  const old = taken('2026-11-20T01:00Z')
  test('one that is known to be damaged is left alone and does not count', () => {
    const damaged = taken('2026-11-22T01:00Z', { verification: { boot: bad, bytes: good } })
    expect(stay([old, damaged], { last: 1 })).toEqual({
      '2026-11-20T01:00': ['the newest', 'the newest one that was not copied live', 'among the last 1'],
      '2026-11-22T01:00': ['damaged, counts for nothing; docker vol rm removes it'],
    })
  })

  test('one whose time lies in the future does not make all others old', () => {
    const future = taken('2038-01-19T03:14Z')
    const kept = stay([old, future], { within: 1000 })
    expect(kept['2026-11-20T01:00']).toContain('the newest')
    expect(kept['2038-01-19T03:14']).toEqual(['its time lies in the future'])
  })

  test('what was there before a restore goes by its age', () => {
    const copy = taken('2026-11-22T01:00Z')
    const asRestored = {
      operation: '1',
      takenBy: 'restore',
      replacedBy: old.id,
      at: now.toISOString(),
    } as const
    const undo = { ...copy, config: { ...copy.config, undo: asRestored } }
    expect(stay([old, undo], { last: 1 })).toMatchObject({
      '2026-11-20T01:00': expect.arrayContaining(['the newest']),
      '2026-11-22T01:00': ['an undo copy, which goes by its age'],
    })
  })

  test('copied live, it does not push out the last one that is consistent, unless that is forced', () => {
    const live = taken('2026-11-22T01:00Z', { live: true })
    expect(Object.keys(stay([old, live], { last: 1 }))).toHaveLength(2)
    expect(Object.keys(stay([old, live], { last: 1 }, { now, force: true }))).toEqual(['2026-11-22T01:00'])
  })

  test('the last verified one stays, and the last one that was booted, unless that is forced', () => {
    const booted = taken('2026-11-01T01:00Z', { verification: { boot: good } })
    const verified = taken('2026-11-02T01:00Z', { verification: { bytes: good } })
    const others = ['2026-11-03T01:00Z', '2026-11-04T01:00Z'].map((at) => taken(at))
    const all = [booted, verified, ...others]
    expect(stay(all, { last: 1 })).toMatchObject({
      '2026-11-01T01:00': ['the last one whose database was booted'],
      '2026-11-02T01:00': ['the last verified one'],
      '2026-11-04T01:00': expect.arrayContaining(['among the last 1']),
    })
    expect(Object.keys(stay(all, { last: 1 }, { now, force: true }))).toEqual(['2026-11-04T01:00'])
  })
})

function newestOf(all: readonly StoredSnapshot[]): StoredSnapshot | undefined {
  return all.toSorted((one, other) => (one.id < other.id ? -1 : 1)).at(-1)
}

describe('whatever the snapshots and the rules', () => {
  const verification = fc.option(
    fc.record({ bytes: fc.constantFrom(good, bad), boot: fc.constantFrom(good, bad) }, { requiredKeys: [] }),
    { nil: undefined },
  )
  const snapshots = fc
    .uniqueArray(
      fc.record({
        at: fc.date({ min: new Date('2024-06-01'), max: now, noInvalidDate: true }),
        verification,
        live: fc.boolean(),
      }),
      { selector: ({ at }) => Math.floor(at.getTime() / 1000), maxLength: 30 },
    )
    .map((all) =>
      all.map(({ at, verification: found, live }, index) =>
        taken(at, { live, ...(found === undefined ? {} : { verification: found }) }, index),
      ),
    )
  const count = fc.integer({ min: 0, max: 5 })
  const rules = fc.record(
    {
      last: count,
      daily: count,
      weekly: count,
      monthly: count,
      yearly: count,
      within: fc.integer({ min: 0, max: 400 * 24 * 60 * 60 * 1000 }),
    },
    { requiredKeys: [] },
  )
  const kept = (all: readonly StoredSnapshot[], by: KeepRules, force = false) =>
    retain(all, by, { now, force })
      .filter(({ keep }) => keep.length > 0)
      .map(({ snapshot }) => snapshot)
  test('the newest good one always stays', () => {
    fc.assert(
      fc.property(snapshots, rules, fc.boolean(), (all, by, force) => {
        const newest = newestOf(all.filter((each) => !isKnownDamaged(each)))
        if (newest !== undefined) expect(kept(all, by, force)).toContain(newest)
      }),
    )
  })

  test('the last verified one stays unless that is forced', () => {
    fc.assert(
      fc.property(snapshots, rules, (all, by) => {
        const verified = newestOf(all.filter(isVerified))
        if (verified !== undefined) expect(kept(all, by)).toContain(verified)
      }),
    )
  })

  test('each is decided about once, in the order of time', () => {
    fc.assert(
      fc.property(snapshots, rules, (all, by) => {
        const ids = retain(all, by, calm).map(({ snapshot }) => snapshot.id)
        expect(ids).toEqual(all.map(({ id }) => id).toSorted())
      }),
    )
  })

  test('deciding again about what stayed changes nothing', () => {
    fc.assert(
      fc.property(snapshots, rules, fc.boolean(), (all, by, force) => {
        const once = kept(all, by, force)
        expect(kept(once, by, force)).toEqual(once)
      }),
    )
  })

  test('whoever asks to keep more keeps all of that and perhaps more', () => {
    fc.assert(
      fc.property(snapshots, rules, rules, (all, by, more) => {
        const both = Object.fromEntries(
          (['last', 'daily', 'weekly', 'monthly', 'yearly', 'within'] as const).map((rule) => [
            rule,
            (by[rule] ?? 0) + (more[rule] ?? 0),
          ]),
        )
        expect(kept(all, both)).toEqual(expect.arrayContaining(kept(all, by)))
      }),
    )
  })

  test('rules together keep what each keeps alone, and nothing else', () => {
    fc.assert(
      fc.property(snapshots, rules, (all, by) => {
        const alone = Object.entries(by).flatMap(([rule, value]) => kept(all, { [rule]: value }))
        expect(new Set(kept(all, by))).toEqual(new Set([...alone, ...kept(all, {})]))
      }),
    )
  })
})
