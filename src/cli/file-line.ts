import type { EntryType, FileRecord } from '../snapshots/format.ts'
import { printableName } from '../tar/name.ts'

const letters: Readonly<Record<EntryType, string>> = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  hardlink: 'h',
  fifo: 'p',
  character: 'c',
  block: 'b',
}

/** A file as `ls -l` would show it; names are made safe to print. */
export function fileLine(file: FileRecord): string {
  const owner = `${file.uid}:${file.gid}`
  const size = file.device ?? String(file.size)
  const arrow = file.type === 'hardlink' ? ' link to ' : ' -> '
  const target = file.target === undefined ? '' : `${arrow}${printableName(file.target)}`
  return `${letters[file.type]}${permissions(file.mode)} ${owner.padEnd(11)} ${size.padStart(12)} ${timeOf(file.modified)} ${printableName(file.path)}${target}\n`
}

/** The same for programs. Names that are not UTF-8 come as base64, in `PathBase64`. */
export function fileAsJson(file: FileRecord): unknown {
  return {
    ...nameAsJson('Path', file.path),
    Type: file.type,
    Size: file.size,
    Mode: file.mode.toString(8).padStart(4, '0'),
    UID: file.uid,
    GID: file.gid,
    Modified: timeOf(file.modified),
    ...(file.target === undefined ? {} : nameAsJson('Target', file.target)),
    ...(file.device === undefined ? {} : { Device: file.device }),
    Layer: file.layer,
  }
}

function nameAsJson(key: string, bytes: string): Record<string, string> {
  const buffer = Buffer.from(bytes, 'latin1')
  const text = buffer.toString()
  return Buffer.from(text).equals(buffer) ? { [key]: text } : { [`${key}Base64`]: buffer.toString('base64') }
}

/** `rwsr-x--T`. */
function permissions(mode: number): string {
  const bit = (mask: number, letter: string) => ((mode & mask) === 0 ? '-' : letter)
  const special = (mask: number, execute: number, letter: string) => {
    const executable = (mode & execute) !== 0
    if ((mode & mask) === 0) return executable ? 'x' : '-'
    return executable ? letter : letter.toUpperCase()
  }
  return [
    bit(0o400, 'r'),
    bit(0o200, 'w'),
    special(0o4000, 0o100, 's'),
    bit(0o040, 'r'),
    bit(0o020, 'w'),
    special(0o2000, 0o010, 's'),
    bit(0o004, 'r'),
    bit(0o002, 'w'),
    special(0o1000, 0o001, 't'),
  ].join('')
}

/** ISO 8601 in UTC with all nine digits of the second. */
function timeOf(nanoseconds: bigint): string {
  const billion = 1_000_000_000n
  const rest = ((nanoseconds % billion) + billion) % billion
  const seconds = (nanoseconds - rest) / billion
  const date = new Date(Number(seconds) * 1000)
  const whole = Number.isNaN(date.getTime()) ? `@${seconds}` : date.toISOString().replace(/\.000Z$/, '')
  return `${whole}.${String(rest).padStart(9, '0')}Z`
}
