import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { exampleId, exampleSnapshot } from '../snapshots/examples.ts'
import type { StoredSnapshot } from '../snapshots/format.ts'
import { retain, type KeepRules } from './retention.ts'
import { keepSetsWhole } from './whole-sets.ts'

const day = 24 * 60 * 60 * 1000
const now = new Date('2026-11-23T12:00:00.000Z')
const volumes = ['data', 'uploads', 'mail']

/** The n-th snapshot of a volume, of a set or taken alone; each a day after the one before. */
function taken(number: number, volume: string, set?: number): StoredSnapshot {
  const snapshot = exampleSnapshot(exampleId(number), volume)
  const created = new Date(now.getTime() - 1000 * day + number * day).toISOString()
  const of = set === undefined ? {} : { set: { id: exampleId(set), project: 'shop', volumes } }
  return { ...snapshot, config: { ...snapshot.config, created, ...of } }
}

const damaged = { bytes: { at: now.toISOString(), good: false, about: '' } }

const decided = (snapshots: readonly StoredSnapshot[], rules: KeepRules, force = false) =>
  keepSetsWhole(
    volumes.flatMap((volume) =>
      retain(
        snapshots.filter((each) => each.volume === volume),
        rules,
        { now, force },
      ),
    ),
  )
const stay = (snapshots: readonly StoredSnapshot[], rules: KeepRules, force = false) =>
  decided(snapshots, rules, force)
    .filter(({ keep }) => keep.length > 0)
    .map(({ snapshot }) => snapshot)

test('what a rule keeps keeps the others of its set, and says with whom', () => {
  const [data, uploads, later] = [taken(1, 'data', 1), taken(2, 'uploads', 1), taken(3, 'data')]
  expect(decided([data, uploads, later], { last: 1 })).toMatchObject([
    { snapshot: data, keep: [`with uploads in the set shop@${exampleId(1)}, which stays whole`] },
    { snapshot: later, keep: expect.arrayContaining(['among the last 1']) },
    { snapshot: uploads, keep: expect.arrayContaining(['among the last 1']) },
  ])
})

test('a set of which no rule keeps anything goes whole', () => {
  const old = [taken(1, 'data', 1), taken(1, 'uploads', 1)]
  const young = [taken(5, 'data', 2), taken(5, 'uploads', 2)]
  expect(stay([...old, ...young], { last: 1 })).toEqual(young)
})

test('what stays with its set keeps no other set', () => {
  const first = [taken(1, 'data', 1), taken(1, 'uploads', 1)]
  const second = [taken(2, 'uploads', 2), taken(2, 'mail', 2)]
  // Only `mail` is the newest of its volume; `uploads` of the same set stays with it, `uploads` of the first does not.
  const later = [taken(3, 'data'), taken(3, 'uploads')]
  expect(new Set(stay([...first, ...second, ...later], { last: 1 }))).toEqual(new Set([...second, ...later]))
})

test('what is damaged stays, and keeps nobody', () => {
  const [data, uploads] = [taken(1, 'data', 1), { ...taken(1, 'uploads', 1), verification: damaged }]
  const later = [taken(2, 'data'), taken(2, 'uploads')]
  expect(stay([data, uploads, ...later], { last: 1 })).toEqual([later[0], uploads, later[1]])
})

const some = fc
  .uniqueArray(
    fc.record({
      number: fc.integer({ min: 1, max: 40 }),
      volume: fc.constantFrom(...volumes),
      set: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
      bad: fc.boolean(),
    }),
    { selector: ({ number, volume }) => `${volume} ${number}`, maxLength: 30 },
  )
  .map((all) =>
    all.map(({ number, volume, set, bad }) => ({
      ...taken(number, volume, set),
      ...(bad ? { verification: damaged } : {}),
    })),
  )
const count = fc.integer({ min: 0, max: 4 })
const rules = fc.record({ last: count, weekly: count, monthly: count }, { requiredKeys: [] })

test('whatever the snapshots and rules: of a set all that is good stays, or none', () => {
  fc.assert(
    fc.property(some, rules, fc.boolean(), (all, by, force) => {
      const left = stay(all, by, force)
      for (const { config } of left.filter(({ verification }) => verification === undefined))
        if (config.set !== undefined)
          for (const each of all.filter((other) => other.config.set?.id === config.set?.id))
            expect(left).toContain(each)
    }),
  )
})

test('deciding again about what stayed changes nothing', () => {
  fc.assert(
    fc.property(some, rules, fc.boolean(), (all, by, force) => {
      const once = stay(all, by, force)
      expect(stay(once, by, force)).toEqual(once)
    }),
  )
})
