import { viewOf } from './bytes.ts'
import { crc32c } from './crc32c.ts'

/** What `global/pg_control` says, as pg_controldata prints it. */
export type PostgresControl = {
  /** A 64-bit number; made by initdb, and the same in every copy of the cluster. */
  readonly systemIdentifier: string
  readonly controlVersion: number
  readonly catalogVersion: number
  readonly state: string
  /** `0/14EF800` */
  readonly checkpoint: string
  readonly checkpointRedo: string
  readonly checkpointTime: Date
  readonly timeline: number
  readonly minimumRecoveryEnd: string
  readonly walLevel: string
  readonly blockBytes: number
  readonly walSegmentBytes: number
  /** 0 is none. */
  readonly checksumVersion: number
}

/** How many bytes to read of the file: all that any version uses of its 8192. */
export const controlBytes = 512

/**
 * Offsets that are not the same in all majors (`ControlFileData` and `CheckPoint` in Postgres's
 * src/include/catalog/pg_control.h). `copy` is where the copy of the last checkpoint record begins: 10 still names
 * the checkpoint before that. `time` is the time in that copy, which grew in 12, when transaction IDs got 64 bits.
 * `rest` is where the fields after the copy begin, and `crc` the end of all: 12 got max_wal_senders (where there had
 * been a gap), and 18 the signedness of char.
 */
const layouts: Readonly<Record<number, { copy: number; time: number; rest: number; crc: number }>> = {
  1002: { copy: 48, time: 104, rest: 128, crc: 288 }, // 10
  1100: { copy: 40, time: 96, rest: 120, crc: 280 }, // 11
  1201: { copy: 40, time: 104, rest: 128, crc: 288 }, // 12
  1300: { copy: 40, time: 104, rest: 128, crc: 288 }, // 13 to 16
  1700: { copy: 40, time: 104, rest: 128, crc: 288 }, // 17
  1800: { copy: 40, time: 104, rest: 128, crc: 292 }, // 18
}

/** From the beginning of the fields after the copy. */
const after = {
  minimumRecoveryEnd: 8,
  walLevel: 44,
  floatFormat: 80,
  blockBytes: 88,
  walSegmentBytes: 100,
  checksumVersion: 124,
} as const

/** A constant by which Postgres itself tells that the file was written on a machine like this one. */
const floatFormat = 1234567

/** `DBState` in pg_control.h, in the words of pg_controldata. */
const states = [
  'starting up',
  'shut down',
  'shut down in recovery',
  'shutting down',
  'in crash recovery',
  'in archive recovery',
  'in production',
]

/** `WalLevel` in src/include/access/xlog.h. */
const walLevels = ['minimal', 'replica', 'logical']

/**
 * Reads the file; undefined when it is cut, damaged, or of a version whose layout is not known. Its checksum and a
 * constant at the right place prove that the layout is the right one.
 */
export function readPostgresControl(bytes: Uint8Array | undefined): PostgresControl | undefined {
  if (bytes === undefined || bytes.length < controlBytes) return undefined
  const view = viewOf(bytes)
  const big = layouts[view.getUint32(8, true)] === undefined
  const little = !big
  const controlVersion = view.getUint32(8, little)
  const layout = layouts[controlVersion]
  if (layout === undefined) return undefined
  const { copy, time, rest, crc } = layout
  if (view.getUint32(crc, little) !== crc32c(bytes.subarray(0, crc))) return undefined
  if (view.getFloat64(rest + after.floatFormat, little) !== floatFormat) return undefined
  const position = (offset: number) => {
    const value = view.getBigUint64(offset, little)
    return `${(value >> 32n).toString(16)}/${(value & 0xffffffffn).toString(16)}`.toUpperCase()
  }
  const state = view.getUint32(16, little)
  const walLevel = view.getUint32(rest + after.walLevel, little)
  const checkpointTime = new Date(Number(view.getBigInt64(time, little)) * 1000)
  if (Number.isNaN(checkpointTime.getTime())) return undefined
  return {
    systemIdentifier: view.getBigUint64(0, little).toString(),
    controlVersion,
    catalogVersion: view.getUint32(12, little),
    state: states[state] ?? `unknown state ${state}`,
    checkpoint: position(32),
    checkpointRedo: position(copy),
    checkpointTime,
    timeline: view.getUint32(copy + 8, little),
    minimumRecoveryEnd: position(rest + after.minimumRecoveryEnd),
    walLevel: walLevels[walLevel] ?? `unknown level ${walLevel}`,
    blockBytes: view.getUint32(rest + after.blockBytes, little),
    walSegmentBytes: view.getUint32(rest + after.walSegmentBytes, little),
    checksumVersion: view.getUint32(rest + after.checksumVersion, little),
  }
}
