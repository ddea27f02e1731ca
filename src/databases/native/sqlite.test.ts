import { describe, expect, test } from 'vitest'
import type { Container } from '../../facts.ts'
import { readProbe } from './ask-servers.ts'
import { dressOf, readVerdict } from './sqlite-backup.ts'
import { coveredBySqlite, decideSqlite } from './sqlite-decision.ts'
import { endMark } from './sqlite-scripts.ts'

// Only its name is of interest here.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const container = { id: 'abc', name: 'shop-web-1' } as Container
const place = { path: 'deep/er', file: 'app.db', destination: '/data' }
const decide = (output: string) => decideSqlite(container, place, readProbe(output))

describe('SQLite copies a database', () => {
  test('where a running container has the program, the rights and the room', () => {
    expect(decide('bytes=8192\nplace=/var/tmp\n')).toEqual({
      possible: true,
      plan: {
        database: 'sqlite',
        container,
        path: 'deep/er',
        file: 'app.db',
        inside: '/data/deep/er/app.db',
        place: '/var/tmp',
        bytes: 8192,
      },
      why: 'SQLite copies its database at one instant while it is in use (sqlite3 in container "shop-web-1")',
    })
    const atRoot = decideSqlite(container, { ...place, path: '.' }, readProbe('bytes=1\nplace=/tmp'))
    expect(atRoot).toMatchObject({ plan: { inside: '/data/app.db' } })
  })

  test.each([
    [/has no sqlite3/, 'problem=has no sqlite3\n'],
    [/how large/, 'place=/tmp\n'],
    [/how large/, 'bytes=\nplace=/tmp\n'],
    [/larger than 8 GiB/, 'bytes=8589934592\nplace=/tmp\n'],
    [/no room on its disk/, 'bytes=8192\n'],
  ])('not where %s', (why, output) => {
    expect(decide(output)).toEqual({ possible: false, why: expect.stringMatching(why) })
  })

  test('with what SQLite keeps beside it, and nothing else', () => {
    expect(coveredBySqlite({ path: '.', file: 'a.db' }).files).toEqual(['a.db', 'a.db-wal', 'a.db-shm'])
    expect(coveredBySqlite({ path: 'x', file: 'a.db' }).files?.[0]).toBe('x/a.db')
  })
})

describe('what came of a SQLite backup', () => {
  test('is good when all steps were done', () => {
    expect(readVerdict({ exitCode: 0, stdout: '', stderr: `${endMark}0\n` })).toBeUndefined()
  })

  test.each([
    [/was ended/, 137, ''],
    [/could not make it/, 2, `Error: disk I/O error\n${endMark}2\n`],
    [/found damaged|finds the copy damaged/, 3, `${endMark}3\n`],
    [/ended with 9/, 9, `${endMark}9\n`],
    [/ended with 0/, 1, `${endMark}0\n`],
  ])('is none when %s', (why, exitCode, stderr) => {
    expect(readVerdict({ exitCode, stdout: '', stderr })).toMatch(why)
  })
})

test('a copy looks like its original, to the nanosecond', () => {
  expect(dressOf('1234 5678 4755 1763908000.123456789\n')).toEqual({
    uid: 1234,
    gid: 5678,
    mode: 0o4755,
    modified: 1_763_908_000_123_456_789n,
  })
})
