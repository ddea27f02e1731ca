import { describe, expect, test } from 'vitest'
import type { Archived } from '../volumes/archive.ts'
import { exampleWalk, type ExampleFile } from '../volumes/examples.ts'
import { judge, warningsOf } from './judge.ts'
import { planLayers } from './layers.ts'

function archived(
  changes: Partial<Archived> = {},
  files: readonly ExampleFile[] = [{ path: 'a' }],
): Archived {
  const walk = exampleWalk(files)
  return {
    walk,
    plan: planLayers(walk),
    tarExit: 0,
    differences: [],
    missing: [],
    mismatched: [],
    messages: '',
    ...changes,
  }
}
const idle = { method: 'idle', why: 'no container mounts it' } as const
const live = { method: 'live', why: 'asked for' } as const
const changed = { differences: [{ path: 'a', what: 'changed' }] } as const
const vanished = { differences: [{ path: 'a', what: 'vanished' }], missing: ['a'], tarExit: 2 } as const

describe('an archive of a volume that nobody writes', () => {
  test('is worth what was decided when nothing changed', () => {
    expect(judge(archived(), idle)).toEqual({ ...idle, changed: [] })
  })

  test.each([
    ['the second look found something changed', changed],
    ['a file vanished', vanished],
    ['a header is not what was seen', { mismatched: ['a'] }],
    ['a file appeared', { differences: [{ path: 'b\n', what: 'appeared' }] }],
  ] as const)('is refused when %s', (_, changes) => {
    expect(() => judge(archived(changes), idle)).toThrow(
      expect.objectContaining({ code: 'NOT_CONSISTENT', exit: 8 }),
    )
  })

  test('names ten of the files that changed and counts the rest', () => {
    const differences = Array.from({ length: 13 }, (_, number) => ({
      path: `f${String(number).padStart(2, '0')}`,
      what: 'changed' as const,
    }))
    expect(() => judge(archived({ differences }), idle)).toThrow(/"f00", .*"f09", and 3 more\.$/)
  })

  test.each([1, 2])('is refused when tar ended with %d, though nothing else tells of it', (tarExit) => {
    expect(() => judge(archived({ tarExit, messages: 'tar: ./a: odd' }), idle)).toThrow(
      expect.objectContaining({ code: 'FAILED', output: 'tar: ./a: odd' }),
    )
  })
})

describe('a live archive', () => {
  test('names what changed, each once, in order', () => {
    const both = {
      differences: [
        { path: 'b', what: 'changed' },
        { path: 'a', what: 'vanished' },
      ],
      mismatched: ['b', ''],
    } as const
    expect(judge(archived(both), live)).toEqual({ ...live, changed: ['.', 'a', 'b'] })
  })

  test.each([
    ['tar: ./a: Cannot stat: No such file or directory', 2],
    ['tar: ./a: File removed before we read it', 1],
  ])('lacks what vanished: %s', (messages, tarExit) => {
    expect(judge(archived({ ...vanished, messages, tarExit }), live).changed).toEqual(['a'])
  })

  test('takes a file that changed while tar read it', () => {
    expect(
      judge(archived({ ...changed, tarExit: 1, messages: 'tar: ./a: file changed as we read it' }), live)
        .changed,
    ).toEqual(['a'])
  })

  test('is refused when a file could not be read, though others changed meanwhile', () => {
    const messages =
      'tar: ./b: Read error at byte 0, while reading 512 bytes: Input/output error\ntar: Exiting with failure status due to previous errors'
    expect(() => judge(archived({ ...changed, tarExit: 2, messages }), live)).toThrow(
      expect.objectContaining({ code: 'FAILED', output: messages }),
    )
  })

  test('is refused when a file is missing that nobody touched', () => {
    expect(() => judge(archived({ missing: ['a'], tarExit: 2 }), live)).toThrow(
      expect.objectContaining({ code: 'FAILED', message: 'Files of the volume could not be read: "a".' }),
    )
    expect(() => judge(archived({ ...changed, missing: ['b'], tarExit: 2 }), live)).toThrow('"b"')
  })

  test('is refused when tar failed for a reason that nobody saw', () => {
    expect(() => judge(archived({ tarExit: 2 }), live)).toThrow(expect.objectContaining({ code: 'FAILED' }))
  })
})

test('what a snapshot lacks is told: sockets, other file systems, links that a tar splits, and what changed', () => {
  const files = [
    { path: 'sock\u001b', type: 's' },
    { path: 'mounted', type: 'd', device: 9 },
    { path: 'pipe', type: 'p', inode: 1, links: 2 },
    { path: 'pipe2', type: 'p', inode: 1, links: 2 },
  ]
  const warnings = warningsOf(archived({}, files), { ...live, changed: ['x', 'y'] })
  expect(warnings.map(({ code, path }) => [code, path])).toEqual([
    ['socket-skipped', String.raw`sock\x1b`],
    ['other-file-system', 'mounted'],
    ['hard-link-split', undefined],
    ['changed-while-read', undefined],
  ])
  expect(warningsOf(archived(), { ...idle, changed: [] })).toEqual([])
})
