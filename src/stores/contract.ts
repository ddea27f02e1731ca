import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { exampleConfig, exampleId } from '../snapshots/examples.ts'
import type { Descriptor, Digest, StoredSnapshot } from '../snapshots/format.ts'
import { mediaTypes } from '../snapshots/format.ts'
import type { Draft, Store } from './store.ts'

/** An empty store together with what only a test does to one. */
export type StoreUnderTest = {
  readonly store: Store
  /** The blobs that are there, listed or not. */
  blobs(volume: string): Promise<readonly Digest[]>
  /** Puts other bytes in the place of a blob, or nothing. */
  tamper(volume: string, digest: Digest, change: (bytes: Buffer) => Buffer | undefined): Promise<void>
  /** Whether nothing is left of the volume. */
  isEmpty(volume: string): Promise<boolean>
  dispose(): Promise<void>
}

/** Writes one blob of a draft. */
export async function writeBlob(draft: Draft, content: string | Buffer): Promise<Descriptor> {
  const blob = draft.blob(mediaTypes.layer)
  blob.write(Buffer.from(content))
  return blob.finish()
}

/** Commits the n-th example snapshot with these contents as its layers. */
export async function commitExample(
  store: Store,
  number: number,
  contents: readonly (string | Buffer)[],
  volume = 'pgdata',
): Promise<StoredSnapshot> {
  const draft = await store.begin(volume)
  const layers: Descriptor[] = []
  for (const content of contents) layers.push(await writeBlob(draft, content))
  return draft.commit(exampleConfig(exampleId(number), volume), layers, {})
}

/** Reads a layer whole. */
export async function readLayer(store: Store, snapshot: StoredSnapshot, layer = 0): Promise<string> {
  const descriptor = snapshot.manifest.layers[layer]
  if (descriptor === undefined) throw new Error(`There is no layer ${layer}`)
  const blob = await store.open(snapshot.volume, descriptor)
  try {
    return (await blob.read(0, blob.size)).toString()
  } finally {
    await blob.close()
  }
}

function layerOf(snapshot: StoredSnapshot): Descriptor {
  const [layer] = snapshot.manifest.layers
  if (layer === undefined) throw new Error('The example has no layer')
  return layer
}

function flipOneBit(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes)
  const middle = bytes.length >> 1
  changed[middle] = (bytes[middle] ?? 0) ^ 1
  return changed
}

/** What every store must do, whatever it is made of. */
export function storeContract(name: string, makeStore: () => Promise<StoreUnderTest>): void {
  describe(`${name} as a store`, () => {
    let subject: StoreUnderTest
    let store: Store
    beforeEach(async () => {
      subject = await makeStore()
      store = subject.store
    })
    afterEach(() => subject.dispose())

    const ids = async (volume?: string): Promise<readonly string[]> =>
      (await store.list(volume)).map((snapshot) => snapshot.id)

    test('a store that nobody has used lists nothing', async () => {
      expect(await store.list()).toEqual([])
      expect(await store.list('pgdata')).toEqual([])
      expect(await store.problems()).toEqual([])
      await store.clean()
    })

    test('what was committed comes back as it was', async () => {
      const draft = await store.begin('pgdata')
      const blob = draft.blob(mediaTypes.layer)
      const chunk = Buffer.from('first ')
      blob.write(chunk)
      chunk.fill('x')
      blob.write(Buffer.from('second'))
      const layer = await blob.finish()
      expect(layer).toMatchObject({ mediaType: mediaTypes.layer, size: 12 })
      const annotated = { ...layer, annotations: { 'dev.docker-vol.files': '2' } }
      const config = exampleConfig(exampleId(1))
      const committed = await draft.commit(config, [annotated], {
        'dev.docker-vol.note': 'before the update',
      })
      const [listed] = await store.list('pgdata')
      expect(listed).toEqual(committed)
      expect(listed?.config).toEqual(config)
      expect(listed?.manifest.layers).toEqual([annotated])
      expect(listed?.manifest.annotations).toMatchObject({ 'dev.docker-vol.note': 'before the update' })
      expect(await readLayer(store, committed)).toBe('first second')
      expect(await store.problems()).toEqual([])
    })

    test('an empty blob and one of several MiB come back', async () => {
      const large = randomBytes(5 * 1024 * 1024 + 1)
      const snapshot = await commitExample(store, 1, ['', large.toString('hex')])
      expect(await readLayer(store, snapshot, 0)).toBe('')
      expect(await readLayer(store, snapshot, 1)).toBe(large.toString('hex'))
    })

    test('several blobs can be written at once', async () => {
      const draft = await store.begin('pgdata')
      const blobs = Array.from({ length: 10 }, () => draft.blob(mediaTypes.layer))
      for (const round of ['a', 'b', 'c']) {
        for (const [number, blob] of blobs.entries()) blob.write(Buffer.from(`${round}${number}`))
      }
      const layers = await Promise.all(blobs.map((blob) => blob.finish()))
      const snapshot = await draft.commit(exampleConfig(exampleId(1)), layers, {})
      expect(await readLayer(store, snapshot, 7)).toBe('a7b7c7')
    })

    test('a finished blob of a draft is read again before anything is listed, and one of another draft is not', async () => {
      const draft = await store.begin('pgdata')
      const other = await store.begin('pgdata')
      try {
        const writer = draft.blob(mediaTypes.fileTable)
        writer.write(Buffer.from('0123456789'))
        const finished = await writer.finish()
        const blob = await draft.open(finished)
        expect((await blob.read(3, 4)).toString()).toBe('3456')
        await blob.close()
        await expect(other.open(finished)).rejects.toThrow('has not written')
        expect(await store.list('pgdata')).toEqual([])
      } finally {
        await draft.abandon()
        await other.abandon()
      }
    })

    test('a blob is read at any place, and only as far as it goes', async () => {
      const snapshot = await commitExample(store, 1, ['0123456789'])
      const blob = await store.open('pgdata', layerOf(snapshot))
      expect((await blob.read(3, 4)).toString()).toBe('3456')
      expect((await blob.read(10, 0)).length).toBe(0)
      await expect(blob.read(8, 3)).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' })
      await blob.close()
      await blob.close()
    })

    test('the same content twice is kept once, within a snapshot and across them', async () => {
      const first = await commitExample(store, 1, ['same', 'same'])
      const second = await commitExample(store, 2, ['same', 'other'])
      // Two manifests, two configs, two contents.
      expect(await subject.blobs('pgdata')).toHaveLength(6)
      expect(await readLayer(store, first, 1)).toBe('same')
      expect(await readLayer(store, second, 0)).toBe('same')
    })

    test('a layer of an older snapshot can be named without writing it again', async () => {
      const first = await commitExample(store, 1, ['shared'])
      const draft = await store.begin('pgdata')
      const second = await draft.commit(exampleConfig(exampleId(2)), first.manifest.layers, {})
      await store.remove(first)
      expect(await readLayer(store, second)).toBe('shared')
    })

    test.each([
      ['removed', () => undefined],
      ['changed', flipOneBit],
    ])('a layer that was %s meanwhile cannot be named', async (_, change) => {
      const first = await commitExample(store, 1, ['shared'])
      const draft = await store.begin('pgdata')
      await subject.tamper('pgdata', layerOf(first).digest, change)
      const commit = draft.commit(exampleConfig(exampleId(2)), first.manifest.layers, {})
      await expect(commit).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' })
      await draft.abandon()
      expect(await ids()).toEqual([first.id])
    })

    test.each([
      ['changed', flipOneBit],
      ['cut', (bytes: Buffer) => bytes.subarray(1)],
      ['lost', () => undefined],
    ])('a shared blob that was %s is healed by the next snapshot that holds it', async (_, change) => {
      const first = await commitExample(store, 1, ['precious'])
      await subject.tamper('pgdata', layerOf(first).digest, change)
      const second = await commitExample(store, 2, ['precious'])
      expect(await readLayer(store, first)).toBe('precious')
      expect(await readLayer(store, second)).toBe('precious')
    })

    test('nothing is visible before the commit', async () => {
      const draft = await store.begin('pgdata')
      await writeBlob(draft, 'content')
      expect(await store.list()).toEqual([])
      expect(await store.problems()).toEqual([])
      await draft.abandon()
    })

    test('an abandoned draft leaves nothing, finished blobs or not', async () => {
      const draft = await store.begin('pgdata')
      await writeBlob(draft, 'finished')
      const unfinished = draft.blob(mediaTypes.layer)
      unfinished.write(Buffer.from('unfinished'))
      await draft.abandon()
      await draft.abandon()
      expect(await subject.isEmpty('pgdata')).toBe(true)
    })

    test('abandoning after the commit changes nothing', async () => {
      const draft = await store.begin('pgdata')
      const layer = await writeBlob(draft, 'content')
      const snapshot = await draft.commit(exampleConfig(exampleId(1)), [layer], {})
      await draft.abandon()
      expect(await readLayer(store, snapshot)).toBe('content')
    })

    test('an ID is never given twice', async () => {
      const snapshot = await commitExample(store, 1, ['old'])
      const draft = await store.begin('pgdata')
      const layer = await writeBlob(draft, 'new')
      await expect(draft.commit(exampleConfig(snapshot.id), [layer], {})).rejects.toMatchObject({
        code: 'FAILED',
      })
      await draft.abandon()
      expect(await readLayer(store, snapshot)).toBe('old')
      expect(await ids()).toEqual([snapshot.id])
    })

    test('removing a snapshot frees what only it needs', async () => {
      const first = await commitExample(store, 1, ['shared', 'x'.repeat(1000)])
      const second = await commitExample(store, 2, ['shared'])
      const { freedBytes } = await store.remove(first)
      expect(freedBytes).toBeGreaterThan(1000)
      expect(await ids()).toEqual([second.id])
      expect(await readLayer(store, second)).toBe('shared')
      expect(await subject.blobs('pgdata')).toHaveLength(3)
      await store.remove(second)
      expect(await subject.isEmpty('pgdata')).toBe(true)
    })

    test('removing what is not there says so', async () => {
      await expect(store.remove({ volume: 'pgdata', id: exampleId(1) })).rejects.toMatchObject({
        code: 'SNAPSHOT_NOT_FOUND',
      })
      await commitExample(store, 1, ['content'])
      await expect(store.remove({ volume: 'pgdata', id: exampleId(2) })).rejects.toMatchObject({
        code: 'SNAPSHOT_NOT_FOUND',
      })
    })

    test('a blob that is open stays readable while its snapshot is removed', async () => {
      const snapshot = await commitExample(store, 1, ['still here'])
      const blob = await store.open('pgdata', layerOf(snapshot))
      await store.remove(snapshot)
      expect((await blob.read(0, 10)).toString()).toBe('still here')
      await blob.close()
    })

    test('a blob survives the removal of its snapshot when a draft is about to share it', async () => {
      const first = await commitExample(store, 1, ['shared'])
      const draft = await store.begin('pgdata')
      const layer = await writeBlob(draft, 'shared')
      await store.remove(first)
      const second = await draft.commit(exampleConfig(exampleId(2)), [layer], {})
      expect(await readLayer(store, second)).toBe('shared')
    })

    test('commits, removals and cleaning at the same time lose nothing', async () => {
      let last = await commitExample(store, 0, ['shared'])
      for (let round = 1; round <= 10; round += 1) {
        const [next] = await Promise.all([
          commitExample(store, round, ['shared', `own ${round}`]),
          store.remove(last),
          store.clean(),
        ])
        expect(await ids()).toEqual([next.id])
        expect(await readLayer(store, next)).toBe('shared')
        last = next
      }
      expect(await subject.blobs('pgdata')).toHaveLength(4)
    })

    test('two commits at once are both listed', async () => {
      const committed = await Promise.all(
        Array.from({ length: 8 }, (_, number) => commitExample(store, number, ['shared', `own ${number}`])),
      )
      expect(await ids('pgdata')).toEqual(committed.map((snapshot) => snapshot.id))
      for (const snapshot of committed) expect(await readLayer(store, snapshot)).toBe('shared')
    })

    test('snapshots are listed by time, of one volume or of all', async () => {
      await commitExample(store, 3, ['c'], 'pgdata')
      await commitExample(store, 1, ['a'], 'uploads')
      await commitExample(store, 2, ['b'], 'pgdata')
      expect(await ids()).toEqual([1, 2, 3].map(exampleId))
      expect(await ids('pgdata')).toEqual([2, 3].map(exampleId))
      expect(await ids('nothing-here')).toEqual([])
    })

    test('cleaning leaves snapshots and drafts of running processes alone', async () => {
      const snapshot = await commitExample(store, 1, ['content'])
      const draft = await store.begin('pgdata')
      const layer = await writeBlob(draft, 'more')
      await store.clean()
      const next = await draft.commit(exampleConfig(exampleId(2)), [layer], {})
      expect(await readLayer(store, snapshot)).toBe('content')
      expect(await readLayer(store, next)).toBe('more')
    })

    const later = new Date('2099-01-01T00:00:00.000Z')
    const past = new Date('2001-01-01T00:00:00.000Z')

    test('what is in the trash is not listed, whole, and comes back as it was', async () => {
      const first = await commitExample(store, 1, ['content'])
      const second = await commitExample(store, 2, ['more'])
      await store.trash(first, later)
      expect(await ids()).toEqual([second.id])
      expect(await store.trashed()).toEqual([
        { volume: 'pgdata', id: first.id, until: later.toISOString(), snapshot: first },
      ])
      expect(await store.trashed('other')).toEqual([])
      await store.clean()
      expect(await readLayer(store, first)).toBe('content')
      await store.untrash(first)
      await store.untrash(first)
      expect(await store.list()).toEqual([first, second])
      expect(await store.trashed()).toEqual([])
    })

    test('the trash keeps its IDs, and what is shared with it', async () => {
      const first = await commitExample(store, 1, ['shared'])
      await store.trash(first, later)
      const draft = await store.begin('pgdata')
      await expect(
        draft.commit(exampleConfig(first.id), [await writeBlob(draft, 'new')], {}),
      ).rejects.toMatchObject({ code: 'FAILED' })
      await draft.abandon()
      const second = await commitExample(store, 2, ['shared'])
      await store.remove(second)
      expect(await readLayer(store, first)).toBe('shared')
    })

    test('what is in the trash can be removed at once', async () => {
      const first = await commitExample(store, 1, ['content'])
      await store.trash(first, later)
      expect((await store.remove(first)).freedBytes).toBeGreaterThan(0)
      expect(await subject.isEmpty('pgdata')).toBe(true)
    })

    test('cleaning empties the trash of what is past its time, and of nothing else', async () => {
      const [old, young, listed] = [
        await commitExample(store, 1, ['old', 'shared']),
        await commitExample(store, 2, ['young']),
        await commitExample(store, 3, ['shared']),
      ]
      await store.trash(old, past)
      await store.trash(young, later)
      await store.clean()
      expect((await store.trashed()).map(({ id }) => id)).toEqual([young.id])
      expect(await ids()).toEqual([listed.id])
      expect(await readLayer(store, listed)).toBe('shared')
      // Three of each: manifest, config, content.
      expect(await subject.blobs('pgdata')).toHaveLength(6)
    })

    test('the trash is not emptied while the volume lists no good snapshot', async () => {
      const old = await commitExample(store, 1, ['old'])
      const bad = await commitExample(store, 2, ['bad'])
      await store.trash(old, past)
      await store.record(bad, 'boot', { at: past.toISOString(), good: false, about: 'would not start' })
      await store.clean()
      expect(await readLayer(store, old)).toBe('old')
      await subject.tamper('pgdata', bad.manifestDigest, () => undefined)
      await store.clean()
      await store.remove(bad)
      await store.clean()
      await store.untrash(old)
      expect(await ids()).toEqual([old.id])
    })

    test('a snapshot in the trash that cannot be read is no problem, and goes like others', async () => {
      const bad = await commitExample(store, 1, ['bad'])
      const good = await commitExample(store, 2, ['good'])
      await store.trash(bad, later)
      await subject.tamper('pgdata', bad.manifest.config.digest, () => undefined)
      expect(await store.problems()).toEqual([])
      expect(await store.trashed()).toEqual([{ volume: 'pgdata', id: bad.id, until: later.toISOString() }])
      await store.trash(bad, past)
      await store.clean()
      expect(await store.trashed()).toEqual([])
      expect(await ids()).toEqual([good.id])
    })

    test('what checks found is kept, the last of each kind, also through the trash', async () => {
      const snapshot = await commitExample(store, 1, ['content'])
      const bytes = { at: '2026-11-23T08:00:00.000Z', good: true, about: 'all bytes' }
      const boot = { at: '2026-11-23T09:00:00.000Z', good: false, about: 'FATAL: "no"\n' }
      await store.record(snapshot, 'bytes', { ...bytes, good: false })
      await store.record(snapshot, 'boot', boot)
      await store.record(snapshot, 'bytes', bytes)
      await store.trash(snapshot, later)
      await store.untrash(snapshot)
      expect(await store.list()).toEqual([{ ...snapshot, verification: { bytes, boot } }])
      expect(await readLayer(store, snapshot)).toBe('content')
    })

    test('what a check found belongs to the very bytes that were checked', async () => {
      const gone = await commitExample(store, 1, ['first'])
      await store.remove(gone)
      const result = { at: '2026-11-23T08:00:00.000Z', good: true, about: '' }
      const notFound = { code: 'SNAPSHOT_NOT_FOUND' }
      await expect(store.record(gone, 'bytes', result)).rejects.toMatchObject(notFound)
      await commitExample(store, 1, ['second'])
      await expect(store.record(gone, 'bytes', result)).rejects.toMatchObject(notFound)
      expect((await store.list()).map(({ verification }) => verification)).toEqual([undefined])
    })

    test('trashing what is not there says so', async () => {
      const notFound = { code: 'SNAPSHOT_NOT_FOUND' }
      const gone = { volume: 'pgdata', id: exampleId(1) }
      await expect(store.trash(gone, later)).rejects.toMatchObject(notFound)
      await commitExample(store, 2, ['content'])
      await expect(store.trash(gone, later)).rejects.toMatchObject(notFound)
      await expect(store.untrash(gone)).rejects.toMatchObject(notFound)
    })

    test('trashing, checking and committing at the same time lose nothing', async () => {
      const old = await commitExample(store, 0, ['old'])
      const result = { at: '2026-11-23T08:00:00.000Z', good: true, about: '' }
      await Promise.all([
        store.trash(old, later),
        store.record(old, 'bytes', result),
        store.clean(),
        ...[1, 2, 3].map((number) => commitExample(store, number, [`own ${number}`])),
      ])
      expect(await ids()).toEqual([1, 2, 3].map(exampleId))
      expect((await store.trashed()).map(({ snapshot }) => snapshot?.verification)).toEqual([
        { bytes: result },
      ])
    })

    test('a blob that is missing, cut or unknown does not open', async () => {
      const snapshot = await commitExample(store, 1, ['content'])
      const layer = layerOf(snapshot)
      const unknown: Descriptor = { ...layer, digest: `sha256:${'f'.repeat(64)}` }
      await expect(store.open('pgdata', unknown)).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' })
      await expect(store.open('nothing-here', layer)).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' })
      await subject.tamper('pgdata', layer.digest, (bytes) => bytes.subarray(0, 3))
      await expect(store.open('pgdata', layer)).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' })
      await subject.tamper('pgdata', layer.digest, () => undefined)
      await expect(store.open('pgdata', layer)).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' })
    })

    const damages: readonly (readonly [string, (bytes: Buffer) => Buffer | undefined])[] = [
      ['missing', () => undefined],
      ['cut', (bytes) => bytes.subarray(0, bytes.length - 7)],
      ['empty', () => Buffer.alloc(0)],
      ['longer', (bytes) => Buffer.concat([bytes, Buffer.from(' ')])],
      ['changed by one bit', flipOneBit],
    ]
    test.each(
      damages.flatMap(([how, change]) => [
        { what: 'manifest', how, change },
        { what: 'config', how, change },
      ]),
    )('a $what that is $how is a problem, not a snapshot', async ({ what, change }) => {
      const good = await commitExample(store, 1, ['content'])
      const bad = await commitExample(store, 2, ['content', 'more'])
      const digest = what === 'manifest' ? bad.manifestDigest : bad.manifest.config.digest
      await subject.tamper('pgdata', digest, change)
      expect(await ids()).toEqual([good.id])
      expect(await store.problems()).toMatchObject([{ volume: 'pgdata', id: bad.id }])
      expect(await store.problems('other')).toEqual([])
      // It can be removed, and nothing of the good one goes with it.
      await store.remove(bad)
      expect(await store.problems()).toEqual([])
      await store.clean()
      expect(await readLayer(store, good)).toBe('content')
      expect(await subject.blobs('pgdata')).toHaveLength(3)
    })

    test.each(['-x', '/etc', 'a,b', '..', '../x', 'x', '', 'a/b', 'a\nb', 'pgdata\n', 'x'.repeat(300)])(
      'the volume name %j goes nowhere',
      async (volume) => {
        const invalid = { code: 'INVALID_NAME' }
        const layer: Descriptor = { mediaType: '', digest: `sha256:${'f'.repeat(64)}`, size: 1 }
        await expect(store.begin(volume)).rejects.toMatchObject(invalid)
        await expect(store.list(volume)).rejects.toMatchObject(invalid)
        await expect(store.problems(volume)).rejects.toMatchObject(invalid)
        await expect(store.open(volume, layer)).rejects.toMatchObject(invalid)
        await expect(store.remove({ volume, id: exampleId(1) })).rejects.toMatchObject(invalid)
        await expect(store.trashed(volume)).rejects.toMatchObject(invalid)
        await expect(store.trash({ volume, id: exampleId(1) }, later)).rejects.toMatchObject(invalid)
        await expect(store.untrash({ volume, id: exampleId(1) })).rejects.toMatchObject(invalid)
        await expect(store.clean(volume)).rejects.toMatchObject(invalid)
      },
    )
  })
}
