import { createHash } from 'node:crypto'
import { integer, text, fieldsOf } from '../../snapshots/read.ts'

/**
 * Checks a Postgres base backup against the manifest at its end (protocol docs, "Backup Manifest Format"): the manifest
 * has its own checksum, every file it lists arrived with its size and no other, and all of the WAL is there that the
 * copy needs to recover. The files' own checksums are left to pg_verifybackup.
 */
export type ManifestCheck = {
  /** A file of the backup. The manifest comes after all of them and is none. */
  file(path: string, size: number): void
  /** The next bytes of the manifest. */
  manifest(chunk: Uint8Array): void
  /** What is wrong, in a sentence; undefined when nothing is. */
  finish(expected: {
    readonly systemIdentifier: string
    readonly walSegmentBytes: number
  }): string | undefined
}

/** A line for each file; that is how Postgres writes it. Longer is no manifest. */
const longestLine = 64 * 1024

export function manifestCheck(): ManifestCheck {
  const arrived = new Map<string, number>()
  const wal = new Map<string, number>()
  const needed: { readonly timeline: number; readonly from: bigint; readonly to: bigint }[] = []
  const hash = createHash('sha256')
  let rest = ''
  let problem: string | undefined
  let section: 'head' | 'files' | 'wal' = 'head'
  let proven = false
  let system: string | undefined
  let listed = 0

  function line(content: string): void {
    const sealed = /^"Manifest-Checksum": "([0-9a-f]{64})"\}$/.exec(content)
    if (sealed !== null) {
      proven = sealed[1] === hash.digest('hex')
      return
    }
    if (proven) throw new Error('something follows its checksum')
    hash.update(`${content}\n`, 'latin1')
    if (content === '"Files": [') section = 'files'
    else if (content === '"WAL-Ranges": [') section = 'wal'
    else if (content === '],' || content === ']') section = 'head'
    else if (section === 'files') listedFile(content)
    else if (section === 'wal') range(content)
    else system ??= /"System-Identifier": (\d+)/.exec(content)?.[1]
  }

  function listedFile(content: string): void {
    const fields = objectOf(content)
    const encoded = fields['Encoded-Path']
    const path =
      encoded === undefined
        ? Buffer.from(text(fields['Path'], 'Path')).toString('latin1')
        : Buffer.from(text(encoded, 'Encoded-Path'), 'hex').toString('latin1')
    const size = integer(fields['Size'], 'Size')
    const found = arrived.get(path) ?? wal.get(path)
    if (found === undefined) problem ??= `the file "${path}" is missing`
    else if (found !== size) problem ??= `the file "${path}" has ${found} bytes instead of ${size}`
    arrived.delete(path)
    listed += 1
  }

  function range(content: string): void {
    const fields = objectOf(content)
    needed.push({
      timeline: integer(fields['Timeline'], 'Timeline'),
      from: position(text(fields['Start-LSN'], 'Start-LSN')),
      to: position(text(fields['End-LSN'], 'End-LSN')),
    })
  }

  return {
    file(path, size) {
      // Segments are not in the manifest, which says what range they must make up.
      ;(path.startsWith('pg_wal/') ? wal : arrived).set(path, size)
    },
    manifest(chunk) {
      const lines = (rest + Buffer.from(chunk).toString('latin1')).split('\n')
      rest = lines.pop() ?? ''
      try {
        for (const each of lines) line(each)
        if (rest.length > longestLine) throw new Error('a line of it is too long')
      } catch (error) {
        problem ??= `the manifest cannot be read: ${error instanceof Error ? error.message : ''}`
      }
    },
    finish({ systemIdentifier, walSegmentBytes }) {
      if (problem !== undefined) return problem
      if (!proven || rest !== '') return 'its manifest is missing, cut, or not what its own checksum says'
      if (system !== undefined && system !== systemIdentifier) return 'its manifest is of another cluster'
      if (listed === 0 || needed.length === 0) return 'its manifest is empty'
      const [surplus] = arrived.keys()
      if (surplus !== undefined) return `the file "${surplus}" is not in its manifest`
      const missing = needed
        .flatMap((each) => segmentsOf(each, walSegmentBytes))
        .find((segment) => wal.get(`pg_wal/${segment}`) !== walSegmentBytes)
      return missing === undefined ? undefined : `the WAL segment ${missing} is missing or cut`
    },
  }
}

function objectOf(content: string): Readonly<Record<string, unknown>> {
  const json = content.replace(/,$/, '')
  return fieldsOf(JSON.parse(Buffer.from(json, 'latin1').toString()), 'manifest')
}

/** `16/B374D848` as a number: a position in the WAL. */
function position(lsn: string): bigint {
  const parts = /^([0-9A-F]{1,8})\/([0-9A-F]{1,8})$/.exec(lsn)
  if (parts === null) throw new Error(`"${lsn}" is no position in the WAL`)
  return (BigInt(`0x${parts[1]}`) << 32n) | BigInt(`0x${parts[2]}`)
}

/** The names of the segments that hold a range (xlog_internal.h, XLogFileName). */
export function segmentsOf(
  range: { readonly timeline: number; readonly from: bigint; readonly to: bigint },
  segmentBytes: number,
): string[] {
  const size = BigInt(segmentBytes)
  const perId = (1n << 32n) / size
  const names: string[] = []
  const last = (range.to > range.from ? range.to - 1n : range.to) / size
  for (let number = range.from / size; number <= last; number += 1n)
    names.push([BigInt(range.timeline), number / perId, number % perId].map(hexadecimal).join(''))
  return names
}

function hexadecimal(number: bigint): string {
  return number.toString(16).toUpperCase().padStart(8, '0')
}
