import { execFileSync, spawnSync } from 'node:child_process'
import { zstdCompressSync } from 'node:zlib'
import {
  assert,
  bigInt,
  constantFrom,
  maxSafeNat,
  nat,
  oneof,
  property,
  record,
  string,
  uint8Array,
} from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeSeekTable, readSeekTable } from '../frames/seek-table.ts'
import type { Blob, BlobWriter } from '../stores/store.ts'
import { exampleRecord } from './examples.ts'
import { decodeFileRecord, encodeFileRecord } from './file-record.ts'
import { fileTableWriter, readFileTable } from './file-table.ts'
import type { EntryType, FileRecord } from './format.ts'

/** A blob in memory that keeps a copy of what is written, as a store does. */
function memoryBlob(): BlobWriter & { bytes(): Buffer } {
  const chunks: Buffer[] = []
  return {
    write: (chunk) => void chunks.push(Buffer.from(chunk)),
    finish: () => Promise.resolve({ mediaType: 'x', digest: `sha256:${'0'.repeat(64)}`, size: 0 }),
    bytes: () => Buffer.concat(chunks),
  }
}

function readable(bytes: Buffer): Blob {
  return {
    size: bytes.length,
    descriptor: -1,
    read: (position, length) => Promise.resolve(bytes.subarray(position, position + length)),
    close: () => Promise.resolve(),
  }
}

async function write(records: Iterable<FileRecord>): Promise<Buffer> {
  const blob = memoryBlob()
  const writer = fileTableWriter(blob)
  for (const entry of records) writer.add(entry)
  await writer.finish()
  return blob.bytes()
}

function read(bytes: Buffer): Promise<FileRecord[]> {
  return Array.fromAsync(readFileTable(readable(bytes)))
}

describe('a line', () => {
  test('reads as docs/format.md says', () => {
    expect(encodeFileRecord(exampleRecord())).toMatchInlineSnapshot(
      `"{"path":"base/1/1259","type":"file","size":8192,"mode":"0600","uid":999,"gid":999,"modified":"1763881915.123456789","layer":0,"offset":512,"length":9216}"`,
    )
  })

  test.each([
    ['a name that is UTF-8', { path: Buffer.from('Bücher/東京').toString('latin1') }, '"path":"Bücher/東京"'],
    ['a name that is not', { path: 'caf\xe9' }, '"pathBase64":"Y2Fm6Q=="'],
    ['a name with a line end', { path: 'a\nb' }, '"path":"a\\nb"'],
    ['a target that is not UTF-8', { type: 'symlink', target: '\xff' }, '"targetBase64":"/w=="'],
    ['an empty target', { type: 'symlink', target: '' }, '"target":""'],
    ['the setgid bit', { mode: 0o2770 }, '"mode":"02770"'],
    ['no permission at all', { mode: 0 }, '"mode":"0000"'],
    ['half a second before 1970', { modified: -500_000_000n }, '"modified":"-0.500000000"'],
    ['a nanosecond before 1970', { modified: -1n }, '"modified":"-0.000000001"'],
    ['a time long ago', { modified: -1_500_000_000n }, '"modified":"-1.500000000"'],
    ['the beginning of 1970', { modified: 0n }, '"modified":"0.000000000"'],
    ['a device', { type: 'block', device: '8:1' }, '"device":"8:1"'],
    ['a large file', { size: 2 ** 50 }, '"size":1125899906842624'],
  ] as const)('keeps %s', (_, changes, text) => {
    const entry = exampleRecord(changes)
    expect(encodeFileRecord(entry)).toContain(text)
    expect(decodeFileRecord(encodeFileRecord(entry))).toEqual(entry)
  })

  test('keeps every record', () => {
    const bytes = uint8Array({ minLength: 1, maxLength: 40 }).map((each) =>
      Buffer.from(each).toString('latin1'),
    )
    const types: EntryType[] = ['file', 'directory', 'symlink', 'hardlink', 'fifo', 'character', 'block']
    const anyRecord = record(
      {
        path: oneof(
          bytes,
          string({ minLength: 1, unit: 'grapheme' }).map((text) => Buffer.from(text).toString('latin1')),
        ),
        type: constantFrom(...types),
        size: maxSafeNat(),
        mode: nat(0o7777),
        uid: nat(2 ** 32 - 2),
        gid: nat(2 ** 32 - 2),
        modified: bigInt(-(2n ** 62n), 2n ** 70n),
        target: bytes,
        layer: nat(),
        offset: maxSafeNat(),
        length: maxSafeNat(),
      },
      {
        requiredKeys: ['path', 'type', 'size', 'mode', 'uid', 'gid', 'modified', 'layer', 'offset', 'length'],
      },
    )
    assert(
      property(anyRecord, (each) => {
        const line = encodeFileRecord(each)
        expect(line).not.toContain('\n')
        expect(decodeFileRecord(line)).toEqual(each)
      }),
    )
  })

  test.each([
    '{}',
    '[]',
    'null',
    '{"path":""}',
    encodeFileRecord(exampleRecord()).replace('"0600"', '"0900"'),
  ])('%s is refused', (line) => {
    expect(() => decodeFileRecord(line)).toThrow('is not')
  })
})

describe('a file table', () => {
  const many = Array.from({ length: 60_000 }, (_, number) =>
    exampleRecord({ path: `directory/file-${number}`, offset: number * 1024 }),
  )

  test('comes back in its order, over several frames', async () => {
    const bytes = await write(many)
    expect((await readSeekTable(readable(bytes))).length).toBeGreaterThan(2)
    expect(await read(bytes)).toEqual(many)
  })

  test('of nothing is readable', async () => {
    expect(await read(await write([]))).toEqual([])
  })

  test('is the same bytes for the same records', async () => {
    expect(await write(many.slice(0, 100))).toEqual(await write(many.slice(0, 100)))
  })

  test.runIf(spawnSync('zstd', ['--version']).status === 0)('is read by plain zstd', async () => {
    const lines = execFileSync('zstd', ['-dc'], { input: await write(many), maxBuffer: 2 ** 30 }).toString()
    expect(lines.split('\n')).toHaveLength(many.length + 1)
    expect(
      lines.startsWith(`${encodeFileRecord(exampleRecord({ path: 'directory/file-0', offset: 0 }))}\n`),
    ).toBe(true)
  })

  const damaged = { code: 'SNAPSHOT_DAMAGED' }

  test('is refused wherever a byte of it is changed', async () => {
    const bytes = await write(many.slice(0, 5))
    for (let position = 0; position < bytes.length; position += 1) {
      const changed = Buffer.from(bytes)
      changed[position] = (bytes[position] ?? 0) ^ 0x20
      // A changed bit that zstd ignores (there are a few in its headers) leaves the content as it was.
      const result = await read(changed).catch((error: unknown) => error)
      if (Array.isArray(result)) expect(result).toEqual(many.slice(0, 5))
      else expect(result).toMatchObject(damaged)
    }
  })

  test('is refused wherever it is cut', async () => {
    const bytes = await write(many.slice(0, 5))
    for (let length = 0; length < bytes.length; length += 1) {
      await expect(read(bytes.subarray(0, length))).rejects.toMatchObject(damaged)
    }
  })

  test.each([
    ['a cut line', '{"path":'],
    ['no line', ''],
    ['a line that is no record', '{}\n'],
    ['something else', 'hello\n'],
  ])('is refused when a frame holds %s', async (_, content) => {
    const frame = zstdCompressSync(content)
    const table = encodeSeekTable([{ compressed: frame.length, raw: content.length }])
    await expect(read(Buffer.concat([frame, table]))).rejects.toMatchObject(damaged)
  })

  test('is refused when a frame unpacks to more or less than the seek table says', async () => {
    const content = `${encodeFileRecord(exampleRecord())}\n`
    const frame = zstdCompressSync(content)
    for (const raw of [content.length - 1, content.length + 1, 0, 2 ** 31]) {
      const bytes = Buffer.concat([frame, encodeSeekTable([{ compressed: frame.length, raw }])])
      await expect(read(bytes)).rejects.toMatchObject(damaged)
    }
  })
})
