import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { exampleConfig, exampleId } from '../snapshots/examples.ts'
import type { StoreUnderTest } from './contract.ts'
import { commitExample, readLayer, storeContract, writeBlob } from './contract.ts'
import { directoryUnderTest } from './directory-under-test.ts'
import { defaultStoreLocation } from './directory.ts'
import { tagOfEndedProcess } from './ended-process.ts'
import type { Store } from './store.ts'

storeContract('a directory', () => directoryUnderTest())

let subject: StoreUnderTest
let store: Store
let volume: string
beforeEach(async () => {
  subject = await directoryUnderTest()
  store = subject.store
  volume = path.join(store.location, 'pgdata')
})
afterEach(() => subject.dispose())

/** All files and directories below, with their modes. */
function tree(root: string): ReadonlyMap<string, number> {
  const found = readdirSync(root, { recursive: true, encoding: 'utf8' }).map(
    (name) => [name, lstatSync(path.join(root, name)).mode & 0o7777] as const,
  )
  return new Map(found)
}

test('the default store lies in the directory of the Docker configuration', () => {
  expect(defaultStoreLocation({ DOCKER_CONFIG: '/srv/docker' })).toBe('/srv/docker/vol/snapshots')
  expect(defaultStoreLocation({ DOCKER_CONFIG: '' })).toMatch(/\/\.docker\/vol\/snapshots$/)
})

test.each([0o000, 0o177])('nobody else may look into the store under umask %o', (umask) => {
  // A thread cannot change its umask, hence the process of its own.
  const program = `
    process.umask(${umask})
    const { directoryStore } = await import(${JSON.stringify(new URL('directory.ts', import.meta.url).href)})
    const { exampleConfig } = await import(${JSON.stringify(new URL('../snapshots/examples.ts', import.meta.url).href)})
    const store = directoryStore(${JSON.stringify(store.location)})
    const draft = await store.begin('pgdata')
    const blob = draft.blob('text/plain')
    blob.write(Buffer.from('content'))
    await draft.commit(exampleConfig(${JSON.stringify(exampleId(1))}), [await blob.finish()], {})
    const next = await store.begin('pgdata')
    next.blob('text/plain')
    process.kill(process.pid, 'SIGKILL')`
  expect(() =>
    execFileSync(process.execPath, ['--input-type=module', '-e', program], { stdio: 'pipe' }),
  ).toThrow()
  expect(lstatSync(store.location).mode & 0o7777).toBe(0o700)
  const modes = tree(store.location)
  expect(modes.size).toBeGreaterThan(10)
  for (const [name, mode] of modes) {
    const directory = lstatSync(path.join(store.location, name)).isDirectory()
    expect([name, mode.toString(8)]).toEqual([name, directory ? '700' : '600'])
  }
})

describe('a directory that is not safe is refused', () => {
  test('when others may write to it', async () => {
    mkdirSync(store.location)
    chmodSync(store.location, 0o777)
    const refused = { code: 'FAILED', suggestions: [`chmod go-w ${store.location}`] }
    await expect(store.begin('pgdata')).rejects.toMatchObject(refused)
    await expect(store.list()).rejects.toMatchObject(refused)
    chmodSync(store.location, 0o755)
    await commitExample(store, 1, ['content'])
  })

  test('when it is a file', async () => {
    writeFileSync(store.location, '')
    await expect(store.list()).rejects.toMatchObject({ code: 'FAILED' })
  })

  test('when a volume in it is a symbolic link, that volume is not there', async () => {
    await commitExample(store, 1, ['content'])
    symlinkSync('pgdata', path.join(store.location, 'alias'))
    expect(await store.list()).toHaveLength(1)
    expect(await store.list('alias')).toEqual([])
  })
})

test('what else lies in the directory is neither listed nor touched', async () => {
  await commitExample(store, 1, ['content'])
  mkdirSync(path.join(store.location, 'holiday-photos'))
  writeFileSync(path.join(store.location, 'notes.txt'), 'mine')
  writeFileSync(path.join(volume, 'readme.txt'), 'mine')
  expect(await store.list()).toHaveLength(1)
  await store.clean()
  await store.remove({ volume: 'pgdata', id: exampleId(1) })
  await store.clean()
  expect(readdirSync(store.location).sort()).toEqual(['holiday-photos', 'notes.txt', 'pgdata'])
  expect(readFileSync(path.join(volume, 'readme.txt'), 'latin1')).toBe('mine')
})

test('the layout is an OCI image layout', async () => {
  const snapshot = await commitExample(store, 1, ['content'])
  expect(JSON.parse(readFileSync(path.join(volume, 'oci-layout'), 'utf8'))).toEqual({
    imageLayoutVersion: '1.0.0',
  })
  const index: unknown = JSON.parse(readFileSync(path.join(volume, 'index.json'), 'utf8'))
  expect(index).toEqual({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [
      {
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        digest: snapshot.manifestDigest,
        size: expect.any(Number),
        artifactType: 'application/vnd.docker-vol.snapshot.v1',
        annotations: {
          'org.opencontainers.image.ref.name': snapshot.id,
          'org.opencontainers.image.created': snapshot.config.created,
          'dev.docker-vol.volume': 'pgdata',
        },
      },
    ],
  })
})

describe('the list can be rebuilt', () => {
  test.each([
    ['missing', (file: string) => unlinkSync(file)],
    ['empty', (file: string) => writeFileSync(file, '')],
    ['cut', (file: string) => writeFileSync(file, readFileSync(file).subarray(0, 100))],
    ['no index', (file: string) => writeFileSync(file, '{"schemaVersion":2}')],
  ])('when index.json is %s', async (_, damage) => {
    const first = await commitExample(store, 1, ['one'])
    const second = await commitExample(store, 2, ['two'])
    damage(path.join(volume, 'index.json'))
    expect(await store.list()).toEqual([first, second])
    expect(await store.problems()).toMatchObject([{ id: '', message: expect.stringContaining('index.json') }])
    await store.clean()
    expect(await store.problems()).toEqual([])
    expect(await store.list()).toEqual([first, second])
    expect(await readLayer(store, first)).toBe('one')
  })

  test.each(['commit', 'remove'])('a %s with a lost index loses nothing', async (what) => {
    const first = await commitExample(store, 1, ['one'])
    const second = await commitExample(store, 2, ['two'])
    unlinkSync(path.join(volume, 'index.json'))
    if (what === 'commit') await commitExample(store, 3, ['three'])
    else await store.remove(second)
    expect((await store.list())[0]).toEqual(first)
    expect(await store.list()).toHaveLength(what === 'commit' ? 3 : 1)
    expect(await readLayer(store, first)).toBe('one')
  })

  test('an index that cannot be read is not taken for an empty one', async () => {
    const snapshot = await commitExample(store, 1, ['one'])
    const index = path.join(volume, 'index.json')
    const content = readFileSync(index)
    unlinkSync(index)
    // A directory is there but cannot be read as a file, as on a failing disk.
    mkdirSync(index)
    expect(await store.problems()).toMatchObject([{ id: '' }])
    await expect(store.clean()).rejects.toMatchObject({ code: 'FAILED' })
    rmSync(index, { recursive: true })
    writeFileSync(index, content)
    expect(await readLayer(store, snapshot)).toBe('one')
  })
})

test('a snapshot of a later format is a problem that says so', async () => {
  const snapshot = await commitExample(store, 1, ['content'])
  const { config } = snapshot.manifest
  const newer = Buffer.from(JSON.stringify({ ...snapshot.config, formatVersion: 2, news: true }))
  const manifest = Buffer.from(
    JSON.stringify({
      ...snapshot.manifest,
      config: { ...config, digest: `sha256:${digestOf(newer)}`, size: newer.length },
    }),
  )
  for (const bytes of [newer, manifest])
    writeFileSync(path.join(volume, 'blobs/sha256', digestOf(bytes)), bytes)
  await subject.tamper('pgdata', snapshot.manifestDigest, () => undefined)
  unlinkSync(path.join(volume, 'index.json'))
  await store.clean()
  expect(await store.list()).toEqual([])
  expect(await store.problems()).toMatchObject([
    { id: snapshot.id, message: expect.stringContaining('made by a newer docker vol') },
  ])
})

test('a snapshot in the directory of another volume is a problem', async () => {
  await commitExample(store, 1, ['content'])
  cpSync(volume, path.join(store.location, 'uploads'), { recursive: true })
  expect(await store.list('uploads')).toEqual([])
  expect(await store.problems()).toMatchObject([
    { volume: 'uploads', message: expect.stringContaining('of volume "pgdata"') },
  ])
})

test('what is left of a damaged manifest still protects the layers of its snapshot', async () => {
  const bad = await commitExample(store, 1, ['precious'])
  const good = await commitExample(store, 2, ['content'])
  let original: Buffer | undefined
  await subject.tamper('pgdata', bad.manifestDigest, (bytes) => {
    original = Buffer.from(bytes)
    return Buffer.concat([bytes, Buffer.from('}')])
  })
  await store.remove(good)
  await store.clean()
  await subject.tamper('pgdata', bad.manifestDigest, () => original)
  expect(await readLayer(store, bad)).toBe('precious')
})

test('leftovers of processes that ended are removed, and with them a volume that has nothing', async () => {
  const snapshot = await commitExample(store, 1, ['content'])
  const dead = await tagOfEndedProcess()
  const before = [...tree(store.location).keys()].sort()
  const orphan = 'a'.repeat(64)
  mkdirSync(path.join(volume, 'tmp', dead))
  writeFileSync(path.join(volume, 'tmp', dead, '1'), 'unfinished')
  writeFileSync(path.join(volume, 'blobs/sha256', orphan), 'nobody refers to this')
  symlinkSync(dead, path.join(volume, 'lock'))
  symlinkSync(dead, path.join(volume, `lock.break.${dead}`))
  mkdirSync(path.join(store.location, `.${dead}`, 'blobs'), { recursive: true })
  const empty = await store.begin('uploads')
  await empty.abandon()
  mkdirSync(path.join(store.location, 'cache', 'blobs', 'sha256'), { recursive: true })
  mkdirSync(path.join(store.location, 'cache', 'tmp', dead), { recursive: true })
  await store.clean()
  expect([...tree(store.location).keys()].sort()).toEqual(before)
  expect(await store.list()).toEqual([snapshot])
})

test('a volume whose removal was interrupted can be used again', async () => {
  await commitExample(store, 1, ['content'])
  rmSync(path.join(volume, 'tmp'), { recursive: true })
  symlinkSync(await tagOfEndedProcess(), path.join(volume, 'lock'))
  await commitExample(store, 2, ['more'])
  expect(await store.list()).toHaveLength(2)
})

test('volumes that appear and disappear under drafts lose none of them', async () => {
  await Promise.all(
    Array.from({ length: 40 }, async (_, number) => {
      const draft = await store.begin('pgdata')
      if (number % 2 === 0) return draft.abandon()
      const layer = await writeBlob(draft, `content ${number}`)
      const snapshot = await draft.commit(exampleConfig(exampleId(number)), [layer], {})
      expect(await readLayer(store, snapshot)).toBe(`content ${number}`)
      await store.remove(snapshot)
    }),
  )
  expect(await subject.isEmpty('pgdata')).toBe(true)
})

test('two thousand snapshots are listed well under a second', async () => {
  for (let number = 0; number < 40; number += 1)
    await commitExample(store, number, ['content'], `volume-${number}`)
  const template = await store.list()
  for (const { volume: name, config, manifest } of template) {
    const blobs = path.join(store.location, name, 'blobs/sha256')
    const add = (json: unknown): { digest: string; size: number } => {
      const bytes = Buffer.from(JSON.stringify(json))
      const digest = createHash('sha256').update(bytes).digest('hex')
      writeFileSync(path.join(blobs, digest), bytes)
      return { digest: `sha256:${digest}`, size: bytes.length }
    }
    for (let number = 100; number < 149; number += 1) {
      const id = exampleId(number)
      const annotations = { ...manifest.annotations, 'org.opencontainers.image.ref.name': id }
      const configBlob = { ...manifest.config, ...add({ ...config, id }) }
      add({ ...manifest, config: configBlob, annotations })
    }
    unlinkSync(path.join(store.location, name, 'index.json'))
  }
  await store.clean()
  const start = performance.now()
  expect(await store.list()).toHaveLength(2000)
  expect(performance.now() - start).toBeLessThan(1000)
})

function digestOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex')
}
