import { foreignWriter, type ImportOptions, type ImportSummary } from './foreign-writer.ts'

export type { ImportedEntry, ImportOptions, ImportSummary } from './foreign-writer.ts'

export type ForeignImport = {
  /** The canonical tar. Can be read once; its source is read only as fast as it is. Chunks may be views of the source's. */
  readonly chunks: AsyncIterable<Uint8Array>
  /** Only once `chunks` came to its end. */
  summary(): ImportSummary
}

/** No more than this is looked at before what came of it is given out. */
const sliceSize = 1024 * 1024

/**
 * Reads a tar made by anyone (already decompressed) and gives out a tar of our own making that holds the same, for
 * GNU tar to unpack. Fails with ARCHIVE_REFUSED at the first thing that policy does not allow; what was given out
 * until then must be thrown away. Holds no more than some MiB and the paths seen so far.
 */
export function importForeign(source: AsyncIterable<Uint8Array>, options: ImportOptions = {}): ForeignImport {
  const writer = foreignWriter(options)
  let done = false
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for await (const chunk of source) {
      for (let at = 0; at < chunk.length; at += sliceSize) {
        writer.push(chunk.subarray(at, at + sliceSize))
        yield* writer.take()
      }
    }
    writer.finish()
    yield* writer.take({ all: true })
    done = true
  }
  return {
    chunks: chunks(),
    summary() {
      if (!done) {
        throw new Error('The import has not come to its end.')
      }
      return writer.summary()
    },
  }
}
