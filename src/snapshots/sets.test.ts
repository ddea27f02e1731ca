import { describe, expect, test } from 'vitest'
import { exampleId, exampleSnapshot } from './examples.ts'
import type { SnapshotSet, StoredSnapshot } from './format.ts'
import { membersOf, parseSetReference, resolveSet, setsOf } from './sets.ts'

const undo = {
  operation: 'a1',
  takenBy: 'restore',
  replacedBy: 'data@1',
  at: '2026-11-23T07:11:55Z',
} as const

/** The snapshots of a set that was taken at some time, of these volumes, of which some are missing. */
function taken(
  number: number,
  volumes: readonly string[],
  more: Partial<SnapshotSet> & { readonly without?: readonly string[]; readonly asUndo?: true } = {},
): readonly StoredSnapshot[] {
  const { without = [], asUndo, ...rest } = more
  const set: SnapshotSet = { id: exampleId(number), project: 'shop', volumes, ...rest }
  return volumes
    .filter((volume) => !without.includes(volume))
    .map((volume, index) => {
      const snapshot = exampleSnapshot(exampleId(number * 100 + index), volume)
      const config = { ...snapshot.config, set, ...(asUndo === undefined ? {} : { undo }) }
      return { ...snapshot, config }
    })
}

const alone = exampleSnapshot(exampleId(7), 'data')
const resolve = (text: string, snapshots: readonly StoredSnapshot[], damaged: readonly string[] = []) =>
  resolveSet(parseSetReference(text), setsOf(snapshots), new Set(damaged)).set.id

test('a reference names a project and an ID, the beginning of one, or the newest', () => {
  expect(parseSetReference('shop@latest')).toEqual({ project: 'shop', id: 'latest' })
  expect(parseSetReference('my_shop-2@2026')).toEqual({ project: 'my_shop-2', id: '2026' })
  for (const wrong of ['shop', '@latest', 'shop@', 'shop@newest', 'shop@2026@1'])
    expect(() => parseSetReference(wrong), wrong).toThrow(
      expect.objectContaining({ code: 'INVALID_NAME', exit: 2 }),
    )
})

test('snapshots are grouped by what they say they belong to, and what is missing is known', () => {
  const all = [...taken(2, ['data', 'uploads'], { without: ['data'] }), alone, ...taken(1, ['data'])]
  expect(setsOf(all)).toMatchObject([
    { set: { id: exampleId(1) }, missing: [], snapshots: [{ volume: 'data' }] },
    { set: { id: exampleId(2) }, missing: ['data'], snapshots: [{ volume: 'uploads' }] },
  ])
  const other = taken(1, ['data'], { project: 'wiki' })
  expect(setsOf([...all, ...other])).toHaveLength(3)
})

describe('the latest', () => {
  const whole = taken(1, ['data', 'uploads'])
  const cut = taken(2, ['data', 'uploads'], { without: ['uploads'] })
  const narrow = taken(3, ['uploads'], { services: ['web'] })
  const replaced = taken(4, ['data', 'uploads'], { asUndo: true })
  const all = [...whole, ...cut, ...narrow, ...replaced]

  test('is complete, of the whole project, and no undo copy', () => {
    expect(resolve('shop@latest', all)).toBe(exampleId(1))
  })

  test('is never an older one when something damaged may belong to it', () => {
    expect(resolve('shop@latest', all, ['uploads'])).toBe(exampleId(2))
    expect(resolve('shop@latest', all, ['elsewhere'])).toBe(exampleId(1))
  })

  test('is not there when none is complete, and then the others are named', () => {
    expect(() => resolve('shop@latest', [...cut, ...narrow])).toThrow(
      expect.objectContaining({
        code: 'SNAPSHOT_NOT_FOUND',
        suggestions: [
          `There is shop@${exampleId(3)} (of web alone).`,
          `There is shop@${exampleId(2)} (without uploads).`,
        ],
      }),
    )
    expect(() => resolve('shpo@latest', all)).toThrow(
      expect.objectContaining({
        code: 'SNAPSHOT_NOT_FOUND',
        suggestions: expect.arrayContaining(['Did you mean shop@latest?']),
      }),
    )
    expect(() => resolve('shop@latest', [...replaced, alone])).toThrow('no set of snapshots')
  })
})

test('the beginning of an ID means the only set that begins so; what a restore replaced only its whole ID', () => {
  const all = [...taken(1, ['data']), ...taken(2, ['data']), ...taken(3, ['data'], { asUndo: true })]
  expect(resolve(`shop@${exampleId(2)}`, all)).toBe(exampleId(2))
  expect(resolve(`shop@${exampleId(2).slice(0, -1)}`, all)).toBe(exampleId(2))
  expect(resolve(`shop@${exampleId(3)}`, all)).toBe(exampleId(3))
  expect(() => resolve(`shop@${exampleId(3).slice(0, -1)}`, all)).toThrow(
    expect.objectContaining({ code: 'SNAPSHOT_NOT_FOUND' }),
  )
  expect(() => resolve('shop@2026', all)).toThrow(
    expect.objectContaining({ code: 'INVALID_NAME', message: expect.stringContaining('any of 2') }),
  )
})

describe('the members', () => {
  const [cut] = setsOf(taken(2, ['data', 'uploads'], { without: ['uploads'] }))
  if (cut === undefined) throw new Error('there is one')

  test('are those of all volumes, or of the named ones', () => {
    const [whole] = setsOf(taken(1, ['data', 'uploads']))
    if (whole === undefined) throw new Error('there is one')
    expect(membersOf(whole, []).map(({ volume }) => volume)).toEqual(['data', 'uploads'])
    expect(membersOf(whole, ['uploads']).map(({ volume }) => volume)).toEqual(['uploads'])
    expect(() => membersOf(whole, ['cache'])).toThrow(expect.objectContaining({ exit: 4 }))
  })

  test('of an incomplete set are refused, unless those that are there are named', () => {
    expect(() => membersOf(cut, [])).toThrow(expect.objectContaining({ code: 'SNAPSHOT_NOT_FOUND', exit: 4 }))
    expect(() => membersOf(cut, ['uploads'])).toThrow(expect.objectContaining({ exit: 4 }))
    expect(membersOf(cut, ['data'])).toHaveLength(1)
  })

  test('of a set of which one may be damaged are refused as damage', () => {
    expect(() => membersOf(cut, [], new Set(['uploads']))).toThrow(
      expect.objectContaining({ code: 'SNAPSHOT_DAMAGED', exit: 3 }),
    )
  })
})
