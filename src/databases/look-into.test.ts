import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hostHelper } from '../../test/fakes/helper.ts'
import type { DatabaseFacts } from '../facts.ts'
import { exampleLook } from './examples.ts'
import { lookThrough, lookThroughAll } from './look-into.ts'
import type { Look } from './look.ts'
import { recogniseDatabases } from './recognise.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'docker-vol-look-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

/** Writes a file below the root, or one of another folder. */
function put(name: string | Buffer, content: string | Uint8Array, folder = root): void {
  const place = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(name)])
  mkdirSync(path.posix.dirname(place.toString('latin1')), { recursive: true })
  writeFileSync(place, content)
}

/** The files of a recorded look, as far as they were read, in a directory. */
function putRecorded(name: string, directory: string, folder = root): void {
  for (const [file, { type, start = '' }] of exampleLook(name).files)
    if (type === 'f') put(`${directory}/${file}`, start, folder)
}

async function looked(): Promise<Look> {
  const helper = await hostHelper(new Map([['volume', root]]), new AbortController().signal, () => undefined)
  try {
    return await lookThrough(helper, 'volume')
  } finally {
    await helper.close()
  }
}

async function found(): Promise<readonly string[]> {
  return recogniseDatabases(await looked(), 'v', []).map(inBrief)
}

function inBrief({ kind, version = '?', path: place }: DatabaseFacts): string {
  return `${kind} ${version} ${place}`
}

test('a look that was cut while it read has not seen all', async () => {
  const helper = await hostHelper(new Map(), new AbortController().signal, () => undefined)
  const answers = ['f 9 0\0a.rdb\0\0f 9 0\0b.rdb\0\0end\0\0\0', '524544495330303131\n5245']
  const cut = { ...helper, run: async () => ({ exitCode: 0, stdout: answers.shift() ?? '', stderr: '' }) }
  const look = await lookThrough(cut, 'volume')
  await helper.close()
  expect(look.complete).toBe(false)
  expect(recogniseDatabases(look, 'v', [])).toMatchObject([{ kind: 'redis', details: { dump: 'a.rdb' } }])
})

describe('a look into a tree', () => {
  test('finds databases in every layout, and SQLite under any name near the root', async () => {
    putRecorded('postgres-18', '.')
    putRecorded('postgres-17', 'pgdata/data')
    putRecorded('mysql', 'mysql')
    putRecorded('redisaof', 'cache')
    const sqlite = exampleLook('sqlite').files.get('data/app.db')?.start ?? new Uint8Array()
    const pages = Buffer.concat([sqlite, Buffer.alloc(4096 - sqlite.length)])
    put('profile/Cookies', pages)
    put('deep/er/still/app.sqlite3', pages)
    expect(await found()).toEqual([
      'redis 8.0 cache',
      'mysql 9.7 mysql',
      'postgres 18 18/docker',
      'postgres 17 pgdata/data',
      'sqlite ? profile/Cookies',
      'sqlite ? deep/er/still/app.sqlite3',
    ])
  })

  test('finds nothing in a volume that is empty, and has seen all of it', async () => {
    expect(await looked()).toEqual({ files: new Map(), unnamed: new Map(), complete: true })
  })

  test('takes names for what they are, whatever bytes they have', async () => {
    const sqlite = exampleLook('sqlite').files.get('data/app.db')?.start ?? new Uint8Array()
    for (const name of [
      'a\nb.db',
      "$(touch x)';`y`.db",
      ' -rf.db',
      '*.db',
      Buffer.from('\xff\xfe.db', 'latin1'),
    ])
      put(name, sqlite)
    expect((await found()).toSorted()).toEqual([
      'sqlite ?  -rf.db',
      "sqlite ? $(touch x)';`y`.db",
      'sqlite ? *.db',
      'sqlite ? \\xff\\xfe.db',
      'sqlite ? a\\nb.db',
    ])
  })

  test('follows no link out of the volume, and waits for no pipe', async () => {
    const elsewhere = path.join(root, 'elsewhere')
    putRecorded('postgres-17', '.', elsewhere)
    const volume = path.join(root, 'volume')
    mkdirSync(path.join(volume, 'data'), { recursive: true })
    symlinkSync(elsewhere, path.join(volume, 'link'))
    symlinkSync(path.join(elsewhere, 'PG_VERSION'), path.join(volume, 'data', 'PG_VERSION'))
    symlinkSync(path.join(elsewhere, 'global'), path.join(volume, 'data', 'global'))
    execFileSync('mkfifo', [path.join(volume, 'a.db'), path.join(volume, 'PG_VERSION')])
    root = volume
    const begun = Date.now()
    expect(await found()).toEqual([])
    expect(Date.now() - begun).toBeLessThan(5000)
    root = path.dirname(volume)
  })

  test('leaves out what is ours', async () => {
    putRecorded('postgres-17', '.docker-vol-restore/new')
    expect(await found()).toEqual([])
  })

  test('does not read endlessly, and says that it has not seen all', async () => {
    mkdirSync(path.join(root, 'many'))
    for (let index = 0; index < 4000; index += 1) writeFileSync(path.join(root, 'many', `${index}.db`), '')
    putRecorded('postgres-17', 'data')
    const look = await looked()
    expect(look.complete).toBe(false)
    expect(look.files.size).toBeLessThanOrEqual(3000)
  })

  test('finds a database beside very many files of other names', async () => {
    mkdirSync(path.join(root, 'aaa'))
    for (let index = 0; index < 5000; index += 1) writeFileSync(path.join(root, 'aaa', `${index}`), 'x')
    putRecorded('postgres-17', 'data')
    const look = await looked()
    expect(look.complete).toBe(true)
    expect(recogniseDatabases(look, 'v', []).map(inBrief)).toEqual(['postgres 17 data'])
  })

  test('one helper looks into many, each by itself', async () => {
    const folders = ['a', 'b', 'c'].map((name) => path.join(root, name))
    for (const folder of folders) mkdirSync(folder)
    putRecorded('redis', '.', folders[0])
    putRecorded('valkey', '.', folders[2])
    const mounts = folders.map((folder, index) => [`volume-${index}`, folder] as const)
    const helper = await hostHelper(new Map(mounts), new AbortController().signal, () => undefined)
    const looks = await lookThroughAll(
      helper,
      mounts.map(([mount]) => mount),
    )
    await helper.close()
    expect(looks.map((look) => recogniseDatabases(look, 'v', []).map(inBrief))).toEqual([
      ['redis 8.0 .'],
      [],
      ['valkey 8.1 .'],
    ])
  })
})
