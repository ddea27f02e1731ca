import { expect, test } from 'vitest'
import { madeUpLook } from './examples.ts'
import { mongodb } from './mongodb.ts'

const files = {
  'db/WiredTiger': 'WiredTiger\nWiredTiger 11.3.1: (May 6, 2025)\n',
  'db/storage.bson': Buffer.alloc(120),
}

test('its storage engine tells its version; the server’s own is in no file', () => {
  const look = madeUpLook({
    ...files,
    'db/mongod.lock': { size: 2 },
    'db/journal': { type: 'l', target: '/log' },
  })
  expect(mongodb.fromFiles(look)).toEqual([
    {
      kind: 'mongodb',
      path: 'db',
      recognisedBy: 'files',
      details: { wiredTiger: '11.3.1', lock: 'held', journalDirectory: '/log' },
    },
  ])
})

test('a lock that is empty is free', () => {
  const look = madeUpLook({ ...files, 'db/mongod.lock': { size: 0 }, 'db/journal': { type: 'd' } })
  expect(mongodb.fromFiles(look)[0]?.details).toEqual({ wiredTiger: '11.3.1', lock: 'free' })
})

test('WiredTiger of another program is none', () => {
  expect(mongodb.fromFiles(madeUpLook({ WiredTiger: files['db/WiredTiger'] }))).toEqual([])
  expect(mongodb.fromFiles(madeUpLook({ 'storage.bson': files['db/storage.bson'] }))).toEqual([])
})
