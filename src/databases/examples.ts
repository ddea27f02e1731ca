import { readFileSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'
import type { FoundFile, Look } from './look.ts'

/** A look that was taken into a real volume, and what the database's own tool said of it. */
export type RecordedLook = Look & { readonly said: readonly string[] }

type Recorded = {
  readonly complete: boolean
  /** `start` is deflated, in base 64. */
  readonly files: Readonly<Record<string, Omit<FoundFile, 'start'> & { readonly start?: string }>>
  readonly said?: readonly string[]
}

/** Looks into volumes of real servers, for tests: the files of `looks`, without their ending. */
export function exampleLook(name: string): RecordedLook {
  const recorded: Recorded = JSON.parse(readFileSync(new URL(`looks/${name}.json`, import.meta.url), 'utf8'))
  const files = Object.entries(recorded.files).map(
    ([path, { start, ...file }]) =>
      [path, start === undefined ? file : { ...file, start: inflated(start) }] as const,
  )
  return { files: new Map(files), complete: recorded.complete, said: recorded.said ?? [] }
}

function inflated(start: string): Buffer {
  return inflateRawSync(Buffer.from(start, 'base64'))
}

/** A look made up for a test: what each file begins with, or nothing of a file that was not read. */
export function madeUpLook(
  files: Readonly<Record<string, string | Buffer | Partial<FoundFile>>>,
  complete = true,
): Look {
  const found = Object.entries(files).map(([path, content]) => [path, fileOf(content)] as const)
  return { files: new Map(found), complete }
}

function fileOf(content: string | Buffer | Partial<FoundFile>): FoundFile {
  const plain = { type: 'f', size: 0, uid: 0, target: '' }
  if (typeof content !== 'string' && !Buffer.isBuffer(content)) return { ...plain, ...content }
  return { ...plain, size: content.length, start: Buffer.from(content) }
}
