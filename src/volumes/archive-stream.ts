import { VolError } from '../errors.ts'
import type { Look, Span } from '../frames/frame-plan.ts'
import type { EntryType, FileRecord } from '../snapshots/format.ts'
import type { LayerPlan } from '../snapshots/layers.ts'
import { relativePath, tarRecord } from '../snapshots/tar-record.ts'
import type { TarEntry, TarPlace } from '../tar/parse.ts'
import { tarParser } from '../tar/parse.ts'
import { printableName } from '../tar/name.ts'
import { BrokenOff } from './broken-off.ts'
import { endsWalk, walkComparer, type Difference, type Walk, type WalkEntry } from './walk.ts'

export type ArchiveStream = {
  /** Looks at the next bytes of the helper's stream and says which of them belong to which layer. */
  look(block: Uint8Array): Look<Span>
  /** What the stream told once it has ended. Fails when its end is missing. */
  finish(): ArchiveEnd
}

export type ArchiveEnd = {
  /** tar's exit code: 0, 1 when something changed under it, 2 when it could not read. */
  readonly tarExit: number
  /** What the second walk found different. */
  readonly differences: readonly Difference[]
  /** Files that the walk listed and the archive lacks. */
  readonly missing: readonly string[]
  /** Files whose archived headers are not what the walk had seen. */
  readonly mismatched: readonly string[]
}

/**
 * Follows what the helper sends after the walk: the archive, which must hold just the files of the plan in their
 * order, each whole, and then tar's exit code and the second walk.
 */
export function archiveStream(
  walk: Walk,
  plan: LayerPlan,
  record: (record: FileRecord) => void,
): ArchiveStream {
  const missing: string[] = []
  const mismatched: string[] = []
  let next = 0
  let planned = -1
  let layer = -1
  let layerStart = 0
  let run: { layer: number; from: number; to: number } | undefined
  let finished: Span[] = []
  let received = 0
  let ended = false
  const trailer = trailerReader(walk)

  function entry(found: TarEntry, place: TarPlace): void {
    const path = relativePath(found.path)
    const index = expect(path)
    const group = plan.layerOf[next - 1] ?? -1
    if (group !== planned) {
      planned = group
      layer += 1
      layerStart = place.start
      if (run !== undefined) finished.push(run)
      run = { layer, from: place.start, to: place.end }
    } else if (run !== undefined) run.to = place.end
    const seen = walk.entry(index)
    if (!matches(seen, found)) mismatched.push(path)
    record(tarRecord(found, { layer, offset: place.start - layerStart, length: place.end - place.start }))
  }

  /** Steps to the place of a path in the plan; whatever lies between did not arrive. */
  function expect(path: string): number {
    const passed: string[] = []
    for (; next < plan.order.length; next++) {
      const index = plan.order[next] ?? 0
      if (walk.path(index) === path) {
        missing.push(...passed)
        next += 1
        return index
      }
      passed.push(walk.path(index))
    }
    throw new VolError('FAILED', `The helper sent "${printableName(path)}", which was not asked for.`)
  }

  const parser = tarParser({
    entry,
    end() {
      ended = true
      for (; next < plan.order.length; next++) missing.push(walk.path(plan.order[next] ?? 0))
    },
    trailer: (chunk) => trailer.push(chunk),
  })

  return {
    look(block) {
      parser.push(block)
      received += block.length
      const spans = finished
      finished = []
      if (run !== undefined) {
        const to = Math.min(run.to, received)
        if (to > run.from) spans.push({ layer: run.layer, from: run.from, to })
        run.from = to
      }
      return { spans, decided: ended ? received : (run?.from ?? 0) }
    },
    finish() {
      parser.finish()
      return { ...trailer.finish(), missing, mismatched }
    },
  }
}

/** Reads `archived N`, the second walk and `walked N`, after the zeros with which tar fills its last record. */
function trailerReader(walk: Walk) {
  let started = false
  let tarExit: number | undefined
  let whole = false
  const comparer = walkComparer(walk, (what, said) => {
    if (what.startsWith('archived ')) tarExit = Number(what.slice('archived '.length))
    else if (endsWalk(what, said)) whole = true
    else return false
    return true
  })
  return {
    push(chunk: Uint8Array): void {
      let from = 0
      if (!started) {
        while (from < chunk.length && chunk[from] === 0) from++
        started = from < chunk.length
      }
      if (started) comparer.push(chunk.subarray(from))
    },
    finish() {
      if (tarExit === undefined || !whole)
        throw new BrokenOff('The stream from the helper ended before its end mark.')
      return { tarExit, differences: comparer.finish() }
    },
  }
}

const types: Readonly<Record<string, EntryType>> = {
  f: 'file',
  d: 'directory',
  l: 'symlink',
  p: 'fifo',
  c: 'character',
  b: 'block',
}

function matches(seen: WalkEntry, found: TarEntry): boolean {
  if (found.type === 'hardlink') return seen.links > 1
  return (
    types[seen.type] === found.type &&
    seen.modified === found.modified &&
    seen.mode === found.mode &&
    seen.uid === found.uid &&
    seen.gid === found.gid &&
    (found.type !== 'file' || seen.size === found.size) &&
    (found.type !== 'symlink' || seen.target === found.target)
  )
}
