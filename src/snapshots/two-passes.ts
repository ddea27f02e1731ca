import type { Helper } from '../docker/docker.ts'
import type { Compressor } from '../frames/compress.ts'
import type { Draft } from '../stores/store.ts'
import { archiveVolume } from '../volumes/archive.ts'
import { succeed } from '../volumes/script-result.ts'
import { failuresIn } from '../volumes/vanished.ts'
import { fileTableWriter } from './file-table.ts'
import { mediaTypes, type Consistency, type Descriptor } from './format.ts'
import { joinFileTables } from './join-file-tables.ts'
import { judge, warningsOf } from './judge.ts'
import { pathLister, type PathList, type PathLister } from './path-list.ts'
import { layerWriter, type Taken } from './take.ts'
import { unchangedLayers, withoutLayers, type Earlier, type Reuse } from './unchanged-layers.ts'

export type PassRequest = {
  readonly helper: Helper
  readonly compressor: Compressor
  readonly draft: Draft
  readonly signal: AbortSignal
  expect(bytes: number): void
  progress(bytes: number): void
}

/** What was copied while the volume was in use: of use is what nobody has written since. */
export type FirstPass = Earlier & {
  readonly written: readonly Descriptor[]
  readonly files: Descriptor
}

// The time is taken first; whatever is written before it is on disk when sync ends.
const settleScript = `stat --file-system --format=%T "$1" && date +%s%N && sync --file-system "$1"`

/**
 * File systems that move the time of change for a write into mapped memory, by this kernel's own clock, as GNU stat
 * names them (`ext2/ext3` is ext4, too). Not so tmpfs, and whatever another machine keeps.
 */
const vouching = new Set(['ext2/ext3', 'xfs', 'btrfs', 'f2fs'])

/** How far a file system's clock may be behind the one that programs see: a few ticks of the kernel. In nanoseconds. */
const slack = 1_000_000_000n

/**
 * Copies a volume that is in use. Nothing is judged: what changes meanwhile is copied again in the second pass.
 * Undefined, with nothing copied, where times of change do not tell what that is.
 */
export async function takeFirstPass(request: PassRequest): Promise<FirstPass | undefined> {
  const { helper } = request
  const said = await succeed(helper, settleScript, [helper.path('volume')], 'bring the volume to disk')
  const [fileSystem = '', begun = ''] = said.trim().split('\n')
  if (!vouching.has(fileSystem)) return undefined
  const { archived, finish } = await copy(request)
  const pass = await finish()
  // What is still on its way to the disk would keep it busy while containers are held.
  await request.draft.settled()
  // A file that could not be read would be a file like any other here; who reads it again will say so.
  const trusted = failuresIn(archived.messages).length === 0
  return {
    ...pass,
    layers: trusted ? pass.layers : [],
    walk: archived.walk,
    settled: BigInt(begun) - slack,
  }
}

/** Copies what is not the same as in the first pass, while nobody writes. */
export async function takeSecondPass(
  request: PassRequest,
  first: FirstPass,
  consistency: Pick<Consistency, 'method' | 'why'>,
): Promise<() => Promise<Taken>> {
  let reuse: Reuse = []
  const { archived, finish } = await copy(request, (walk, plan) => {
    reuse = unchangedLayers(walk, plan, first)
    return withoutLayers(walk, plan, reuse)
  })
  const judged = judge(archived, consistency)
  // What is left to do needs the volume no more.
  return async () => {
    const { written, files } = await finish()
    const copied = written.values()
    const layers = reuse.flatMap((index) => {
      const layer = index === undefined ? copied.next().value : first.written[index]
      return layer === undefined ? [] : [layer]
    })
    const table = await joinFileTables(request.draft, reuse, { earlier: first.files, later: files })
    const storedBytes = layers.reduce((sum, { size }) => sum + size, 0)
    return {
      layers: [...layers, table.files],
      totals: { ...table.counted, storedBytes },
      consistency: judged,
      warnings: warningsOf(archived, judged),
    }
  }
}

async function copy(
  request: PassRequest,
  choose?: NonNullable<Parameters<typeof archiveVolume>[0]['choose']>,
) {
  const { draft } = request
  const files = fileTableWriter(draft.blob(mediaTypes.fileTable))
  const layers = layerWriter(draft)
  const listers: PathLister[] = []
  let done = 0
  const archived = await archiveVolume({
    helper: request.helper,
    mount: 'volume',
    compressor: request.compressor,
    codec: 'zstd',
    signal: request.signal,
    ...(choose === undefined ? {} : { choose }),
    expect: (bytes) => request.expect(bytes),
    record(record) {
      files.add(record)
      const lister = (listers[record.layer] ??= pathLister())
      lister.add(record.path === '.' ? '' : record.path)
    },
    frame(frame) {
      layers.write(frame)
      done += frame.raw
      request.progress(done)
    },
  })
  return {
    archived,
    /** Ends the blobs, which may have to wait for the disk. */
    finish: async () => {
      const written = await layers.finish()
      const lists: readonly PathList[] = listers.map((lister) => lister.finish())
      return { written, layers: lists, files: await files.finish() }
    },
  }
}
