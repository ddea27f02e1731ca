/** Layouts of majors of which no server is packaged any more, made from the order of the fields alone. */
import { expect, test } from 'vitest'
import { crc32c } from './crc32c.ts'
import { controlBytes, readPostgresControl } from './postgres-control.ts'

/** A field: its size in bytes, by which C aligns it, and what it holds. */
type Field = readonly [size: 1 | 4 | 8, value: number | bigint]

/** Lays fields out as a C compiler does on 64 bits. */
function laidOut(fields: readonly Field[]): Buffer {
  const file = Buffer.alloc(controlBytes)
  let at = 0
  for (const [size, value] of fields) {
    at = Math.ceil(at / size) * size
    if (typeof value === 'bigint') file.writeBigUInt64LE(value, at)
    else if (size === 8) file.writeDoubleLE(value, at)
    else if (size === 4) file.writeUInt32LE(value, at)
    else file[at] = value
    at += size
  }
  at = Math.ceil(at / 4) * 4
  file.writeUInt32LE(crc32c(file.subarray(0, at)), at)
  return file
}

/** Fields that stand for nothing we read, with a value that would be noticed. */
function others(count: number): readonly Field[] {
  return Array.from({ length: count }, (): Field => [4, 0xeeeeeeee])
}

/** The fields of a major's control file in their order. */
function fieldsOf(major: 10 | 11 | 12, version: number): readonly Field[] {
  // Since 12 the next transaction is one number of 64 bits, not an epoch and a number.
  const transaction: readonly Field[] = major >= 12 ? [[8, 7n]] : others(2)
  const checkpoint: readonly Field[] = [
    [8, 0x1_0000_00a0n], // redo
    [4, 3], // timeline
    ...others(1),
    [1, 1], // full page writes
    ...transaction,
    ...others(7),
    [8, 1_700_000_000n], // time
    ...others(3),
  ]
  const previous: readonly Field[] = major === 10 ? [[8, 9n]] : []
  // Connections, processes, (since 12: senders), transactions, locks.
  const settings = others(major >= 12 ? 5 : 4)
  return [
    [8, 6_811_330_951_436_124_199n],
    [4, version],
    [4, 201_909_212],
    [4, 1], // state
    [8, 8n], // time of the file
    [8, 0x1_0000_00b0n], // checkpoint
    ...previous,
    ...checkpoint,
    [8, 0n], // fake position of unlogged tables
    [8, 0x2_0000_00c0n], // minimum recovery end
    ...others(1),
    [8, 0n],
    [8, 0n],
    [1, 0],
    [4, 2], // log level
    [1, 0],
    ...settings,
    [1, 0],
    [4, 8], // alignment
    [8, 1_234_567], // floating-point format
    [4, 8192],
    ...others(2),
    [4, 16_777_216], // bytes of a log segment
    ...others(4),
    [1, 1],
    [1, 1],
    [4, 1], // checksums
    ...Array.from({ length: 32 }, (): Field => [1, 0xee]),
  ]
}

test.each([
  [10, 1002],
  [11, 1100],
  [12, 1201],
] as const)('the control file of %i is read', (major, version) => {
  expect(readPostgresControl(laidOut(fieldsOf(major, version)))).toEqual({
    systemIdentifier: '6811330951436124199',
    controlVersion: version,
    catalogVersion: 201_909_212,
    state: 'shut down',
    checkpoint: '1/B0',
    checkpointRedo: '1/A0',
    checkpointTime: new Date(1_700_000_000_000),
    timeline: 3,
    minimumRecoveryEnd: '2/C0',
    walLevel: 'logical',
    blockBytes: 8192,
    walSegmentBytes: 16_777_216,
    checksumVersion: 1,
  })
})

test('the layout of one major is not taken for that of another', () => {
  expect(readPostgresControl(laidOut(fieldsOf(11, 1002)))).toBeUndefined()
  expect(readPostgresControl(laidOut(fieldsOf(10, 1100)))).toBeUndefined()
})
