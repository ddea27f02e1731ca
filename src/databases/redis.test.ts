import { describe, expect, test } from 'vitest'
import { exampleLook, madeUpLook } from './examples.ts'
import { redis } from './redis.ts'
import { readRdb } from './redis-rdb.ts'

describe('the files of a real server', () => {
  test('Redis: who saved, and when', () => {
    expect(redis.fromFiles(exampleLook('redis'))).toEqual([
      {
        kind: 'redis',
        version: '8.0',
        path: '.',
        recognisedBy: 'files',
        details: {
          serverVersion: '8.0.2',
          rdbVersion: '12',
          dump: 'dump.rdb',
          dumpTime: '2026-11-23T11:55:18.000Z',
          appendOnly: 'none',
        },
      },
    ])
  })

  test('Redis with append-only files has them beside its dump', () => {
    expect(redis.fromFiles(exampleLook('redisaof'))).toMatchObject([
      { kind: 'redis', version: '8.0', details: { appendOnly: 'directory', dump: 'dump.rdb' } },
    ])
  })

  test('Valkey is not taken for Redis', () => {
    expect(redis.fromFiles(exampleLook('valkey'))).toMatchObject([
      { kind: 'valkey', version: '8.1', details: { serverVersion: '8.1.1', rdbVersion: '11' } },
    ])
  })
})

describe('other files', () => {
  test.each([
    ['commands alone', { 'd/appendonly.aof': '*2\r\n$6\r\nSELECT\r\n' }, 'redis', 'file'],
    ['a list of append-only files', { 'd/appendonlydir/appendonly.aof.manifest': {} }, 'redis', 'directory'],
    ['a dump of Valkey 9', { 'd/other.rdb': 'VALKEY080' }, 'valkey', 'none'],
    ['a dump under another name', { 'd/backup.rdb': 'REDIS0009' }, 'redis', 'none'],
  ])('%s', (_, files, kind, appendOnly) => {
    expect(redis.fromFiles(madeUpLook(files))).toMatchObject([{ kind, path: 'd', details: { appendOnly } }])
  })

  test('a node of a cluster', () => {
    const look = madeUpLook({ 'dump.rdb': 'REDIS0011', 'nodes.conf': 'x' })
    expect(redis.fromFiles(look)).toMatchObject([{ path: '.', details: { cluster: 'yes' } }])
  })

  test.each([
    ['an R database', { 'data.rdb': 'RDX3\nX\n' }],
    ['something else that only appends', { 'appendonly.aof': 'hello' }],
    ['a base file without its list', { 'appendonlydir/x.base.rdb': 'REDIS0011' }],
  ])('%s is none', (_, files) => {
    expect(redis.fromFiles(madeUpLook(files))).toEqual([])
  })
})

describe('the beginning of a dump', () => {
  test.each([
    ['cut in a name', 'REDIS0011\xfa\x09redis', { version: 11, isValkey: false }],
    ['cut in a value', 'REDIS0011\xfa\x09redis-ver\x05', { version: 11, isValkey: false }],
    ['an odd length', 'REDIS0011\xfa\xbfredis-ver', { version: 11, isValkey: false }],
    ['no version where one should be', 'REDIS0011\xfa\x09redis-ver\x03abc', { version: 11, isValkey: false }],
    [
      'a length of two bytes',
      'REDIS0011\xfa\x09redis-ver\x40\x057.2.1',
      { version: 11, isValkey: false, server: '7.2.1' },
    ],
  ])('%s', (_, text, expected) => {
    expect(readRdb(Buffer.from(text, 'latin1'))).toEqual(expected)
  })

  test.each(['', 'REDIS', 'REDISabcd', 'redis0011'])('%j is none', (text) => {
    expect(readRdb(Buffer.from(text))).toBeUndefined()
  })
})
