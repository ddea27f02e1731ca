import { describe, expect, test } from 'vitest'
import { exampleId, exampleSnapshot } from '../snapshots/examples.ts'
import type { SnapshotSet, StoredSnapshot } from '../snapshots/format.ts'
import { lastUndoSet } from './undo-set.ts'

const set: SnapshotSet = { id: exampleId(1), project: 'shop', volumes: ['data', 'uploads', 'cache'] }
const taken = set.volumes.map((volume) => ({
  ...exampleSnapshot(exampleId(1), volume),
  config: { ...exampleSnapshot(exampleId(1), volume).config, set },
}))

/** What a restore replaced, so many minutes after the hour. */
function replaced(
  volume: string,
  minute: number,
  volumes?: readonly string[],
  project = 'shop',
): StoredSnapshot {
  const id = exampleId(100 + minute)
  const snapshot = exampleSnapshot(id, volume)
  const at = `2026-11-23T12:${String(minute).padStart(2, '0')}:00.000Z`
  const undo = { operation: id, takenBy: 'restore', replacedBy: `${volume}@${exampleId(1)}`, at } as const
  const own = volumes === undefined ? {} : { set: { id, project, volumes } }
  return { ...snapshot, config: { ...snapshot.config, undo, ...own } }
}

const restore = (minute: number, volumes: readonly string[] = ['data', 'uploads'], project = 'shop') =>
  volumes.map((volume) => replaced(volume, minute, volumes, project))
const none: ReadonlySet<string> = new Set()
const names = (members: readonly StoredSnapshot[]) => members.map(({ volume }) => volume)

describe('the last restore of a project', () => {
  test('is the one that replaced something last, of this project', () => {
    const all = [...taken, ...restore(5), ...restore(9), ...restore(20, ['pages'], 'wiki')]
    const last = lastUndoSet(all, 'shop', [], none)
    expect(last).toMatchObject({
      found: { set: { id: exampleId(109) } },
      replacedBy: `shop@${exampleId(1)}`,
      at: '2026-11-23T12:09:00.000Z',
    })
    expect(names(last.members)).toEqual(['data', 'uploads'])
    expect(last.notes).toEqual(['cache held nothing before, or was not restored: it stays as it is.'])
  })

  test('takes back what was restored since of one volume, and says so', () => {
    const all = [...taken, ...restore(5), replaced('data', 30)]
    const { members, notes } = lastUndoSet(all, 'shop', ['data'], none)
    expect(names(members)).toEqual(['data'])
    expect(notes).toEqual([
      `data was restored again since, from data@${exampleId(1)}: that is taken back as well.`,
    ])
  })

  test('is refused when an undo copy of it is missing, unless the others are named', () => {
    const [first] = restore(5)
    if (first === undefined) throw new Error('there is one')
    expect(() => lastUndoSet([...taken, first], 'shop', [], none)).toThrow(
      expect.objectContaining({ code: 'SNAPSHOT_NOT_FOUND', exit: 4 }),
    )
    expect(names(lastUndoSet([...taken, first], 'shop', ['data'], none).members)).toEqual(['data'])
  })

  test('is NOTHING_TO_UNDO when there was none', () => {
    expect(() => lastUndoSet([...taken, replaced('data', 3)], 'shop', [], none)).toThrow(
      expect.objectContaining({ code: 'NOTHING_TO_UNDO', exit: 4 }),
    )
  })
})
