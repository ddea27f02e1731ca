import { expect, test } from 'vitest'
import { exampleLook, madeUpLook } from './examples.ts'
import { recogniseDatabases } from './recognise.ts'
import { headerBytes, sqlite } from './sqlite.ts'

test('real files tell what belongs to them, the largest first; what is none is passed over', () => {
  expect(recogniseDatabases(exampleLook('sqlite'), 'v', [])).toEqual([
    {
      kind: 'sqlite',
      path: 'data/app.db',
      recognisedBy: 'files',
      details: {
        bytes: '8192',
        journalMode: 'wal',
        pageBytes: '4096',
        encoding: 'UTF-8',
        library: '3.40.1',
        applicationId: '1196444487',
        userVersion: '7',
      },
    },
    {
      kind: 'sqlite',
      path: 'data/live.db',
      recognisedBy: 'files',
      details: { bytes: '4096', journalMode: 'wal', walBytes: '12392', pageBytes: '4096', library: '3.40.1' },
    },
    {
      kind: 'sqlite',
      path: 'uploads/Cookies',
      recognisedBy: 'files',
      details: {
        bytes: '1024',
        journalMode: 'rollback',
        pageBytes: '512',
        encoding: 'UTF-8',
        library: '3.40.1',
      },
    },
  ])
})

test('a journal that was left tells that a transaction is not finished', () => {
  const header = Buffer.alloc(headerBytes)
  header.write('SQLite format 3\0')
  header.writeUInt16BE(1, 16)
  const look = madeUpLook({ 'a.db': header, 'a.db-journal': { size: 512 }, 'a.db-wal': { size: 0 } })
  expect(sqlite.fromFiles(look)[0]?.details).toMatchObject({ journalBytes: '512', pageBytes: '65536' })
  expect(sqlite.fromFiles(look)[0]?.details).not.toHaveProperty('walBytes')
})

test('a header that is cut is none', () => {
  expect(sqlite.fromFiles(madeUpLook({ 'a.db': 'SQLite format 3\0' }))).toEqual([])
})
