import type { Insertion, Look, Span } from '../frames/frame-plan.ts'
import type { FileRecord } from '../snapshots/format.ts'
import { streamLayers } from '../snapshots/stream-layers.ts'
import { tarRecord } from '../snapshots/tar-record.ts'
import { tarParser, type TarEntry } from '../tar/parse.ts'
import { foreignPolicy } from '../tar/policy.ts'
import { refuse } from '../tar/refuse.ts'
import { paxEntry } from '../tar/write.ts'

export type Graft = {
  /** Where in the volume the directory lies that the stream is of; `.` is the root. */
  readonly path: string
  /** The directories of the volume that are not in the stream: its root, those between, the directory itself. */
  readonly directories: readonly TarEntry[]
  /** Each file as it will be in the snapshot, in the order of its layers. */
  record(record: FileRecord): void
  /** Is told each entry of the stream, with the path it has there, and says what becomes of it. May refuse it. */
  entry?(entry: TarEntry): TarEntry
  /** Data of the last entry. The chunk is a view: copy it to keep it. */
  data?(chunk: Uint8Array): void
}

export type GraftedStream = {
  /** Looks at the next bytes of the stream and says what of them, and what besides, goes into which layer. */
  look(block: Uint8Array): Look
  /** Fails with ARCHIVE_REFUSED unless the archive was whole. */
  finish(): void
}

/**
 * Follows a tar of one directory, as a database makes it, and says how it becomes the layers of a snapshot of the
 * whole volume: each entry gets headers of our own, with its path in the volume, and keeps its data where it is.
 * Directories are held back to the end, when nothing is added to them any more, so that their times survive. Hard links
 * are refused: each would have to be in the layer of what it names.
 */
export function graftedStream(graft: Graft): GraftedStream {
  const policy = foreignPolicy()
  const layers = streamLayers()
  const directories = new Map(graft.directories.map((entry) => [pathOf(entry.path), entry]))
  let parts: (Span | Insertion)[] = []
  /** What of the last entry's data is still to come. */
  let run: { readonly layer: number; from: number; readonly to: number } | undefined
  let layer = -1
  /** Bytes that the layer has so far. */
  let filled = 0
  let received = 0

  function insert(entry: TarEntry, into: number, data: number): void {
    if (into !== layer) filled = 0
    layer = into
    const bytes = paxEntry(entry)
    graft.record(tarRecord(entry, { layer, offset: filled, length: bytes.length + data }))
    parts.push({ layer, bytes })
    filled += bytes.length + data
  }

  /** The bytes of the last entry that are here and were not given out yet. */
  function giveOut(): void {
    if (run === undefined) return
    const to = Math.min(run.to, received)
    if (to > run.from) parts.push({ layer: run.layer, from: run.from, to })
    run.from = to
    if (to === run.to) run = undefined
  }

  function end(offset: number): void {
    received = Math.max(received, offset)
    giveOut()
    const last = layers.last()
    const sorted = [...directories].sort(([one], [other]) => (one < other ? -1 : 1))
    for (const [path, entry] of sorted) insert({ ...entry, path: path === '' ? '.' : `./${path}` }, last, 0)
  }

  const parser = tarParser({
    entry(found, place) {
      // The parser is ahead of what was counted: an entry ends before the next begins.
      received = Math.max(received, place.start)
      giveOut()
      const admitted = policy.admit(found, place.start)
      const entry = graft.entry?.(admitted) ?? admitted
      const path = pathOf(graft.path, admitted.path)
      if (entry.type === 'directory') {
        if (!directories.has(path)) directories.set(path, entry)
        return
      }
      if (entry.type === 'hardlink') refuse(found.path, place.start, 'it is a hard link')
      const data = place.end - place.dataStart
      insert({ ...entry, path: `./${path}` }, layers.layerFor(path, entry.size), data)
      if (data > 0) run = { layer, from: place.dataStart, to: place.end }
    },
    ...(graft.data === undefined ? {} : { data: (chunk: Uint8Array) => graft.data?.(chunk) }),
    end,
  })
  let before = 0

  return {
    look(block) {
      received = before
      parser.push(block)
      before += block.length
      received = before
      giveOut()
      const spans = parts
      parts = []
      return { spans, decided: before }
    },
    finish: () => parser.finish(),
  }
}

/** Parts of a path as one, without `.`; the root is empty. */
function pathOf(...parts: readonly string[]): string {
  return parts
    .flatMap((part) => part.split('/'))
    .filter((component) => component !== '' && component !== '.')
    .join('/')
}
