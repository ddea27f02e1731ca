import { expect, test } from 'vitest'
import type { Blob } from '../stores/store.ts'
import { encodeSeekTable, readSeekTable } from './seek-table.ts'

function readable(bytes: Buffer): Blob {
  return {
    size: bytes.length,
    descriptor: -1,
    read: (position, length) => Promise.resolve(bytes.subarray(position, position + length)),
    close: () => Promise.resolve(),
  }
}

/** A blob whose frames are of these lengths (their content does not matter here). */
function blobOf(frames: readonly { compressed: number; raw: number }[]): Buffer {
  const compressed = frames.reduce((sum, frame) => sum + frame.compressed, 0)
  return Buffer.concat([Buffer.alloc(compressed), encodeSeekTable(frames)])
}

const frames = [
  { compressed: 10, raw: 100 },
  { compressed: 20, raw: 50 },
]

test('the table is a skippable frame as the seekable format describes it', () => {
  expect(encodeSeekTable(frames).toString('hex')).toBe(
    [
      '5e2a4d18',
      '19000000',
      '0a000000',
      '64000000',
      '14000000',
      '32000000',
      '02000000',
      '00',
      'b1ea928f',
    ].join(''),
  )
})

test('every frame comes back with its place', async () => {
  expect(await readSeekTable(readable(blobOf(frames)))).toEqual([
    { position: 0, compressed: 10, rawPosition: 0, raw: 100 },
    { position: 10, compressed: 20, rawPosition: 100, raw: 50 },
  ])
  expect(await readSeekTable(readable(blobOf([])))).toEqual([])
})

test('a frame that the format cannot describe is not written', () => {
  expect(() => encodeSeekTable([{ compressed: 1, raw: 2 ** 32 }])).toThrow(RangeError)
})

const whole = blobOf(frames)
function changed(position: number, byte: number): Buffer {
  const bytes = Buffer.from(whole)
  bytes[whole.length + position] = byte
  return bytes
}

test.each([
  ['nothing', Buffer.alloc(0)],
  ['less than a table', Buffer.alloc(16)],
  ['no table', Buffer.alloc(100)],
  ['a frame that is cut', whole.subarray(1)],
  ['a byte before it', Buffer.concat([Buffer.alloc(1), whole])],
  ['a byte after it', Buffer.concat([whole, Buffer.alloc(1)])],
  ['another end mark', changed(-1, 0)],
  ['a descriptor that we do not write', changed(-5, 0x80)],
  ['too many frames', changed(-6, 0xff)],
  ['one frame too few', changed(-9, 1)],
  ['another header', changed(-33, 0)],
  ['another length in its header', changed(-29, 0)],
  ['another length of a frame', changed(-25, 11)],
  ['an empty frame', blobOf([...frames, { compressed: 0, raw: 0 }])],
])('a blob with %s is damaged', async (_, bytes) => {
  await expect(readSeekTable(readable(bytes))).rejects.toMatchObject({ code: 'SNAPSHOT_DAMAGED' })
})
