import type { Draft } from '../stores/store.ts'
import { fileTableWriter, readFileTable } from './file-table.ts'
import { mediaTypes, type Descriptor, type FileRecord } from './format.ts'
import { totalsCounter } from './totals.ts'
import type { Reuse } from './unchanged-layers.ts'

/**
 * Writes the file table of a snapshot of which some layers come from an earlier pass and the others from a later one,
 * each with a file table of its own in the draft.
 */
export async function joinFileTables(
  draft: Draft,
  reuse: Reuse,
  tables: { readonly earlier: Descriptor; readonly later: Descriptor },
): Promise<{
  readonly files: Descriptor
  readonly counted: ReturnType<ReturnType<typeof totalsCounter>['totals']>
}> {
  const files = fileTableWriter(draft.blob(mediaTypes.fileTable))
  const counter = totalsCounter()
  const earlier = await tableReader(draft, tables.earlier)
  const later = await tableReader(draft, tables.later)
  try {
    let copied = 0
    for (const [layer, index] of reuse.entries()) {
      const records = index === undefined ? later.layer(copied++) : earlier.layer(index)
      for await (const record of records) {
        counter.add(record)
        files.add({ ...record, layer })
      }
    }
    return { files: await files.finish(), counted: counter.totals() }
  } finally {
    await earlier.close()
    await later.close()
  }
}

/** Reads a file table layer by layer, forwards. */
async function tableReader(draft: Draft, table: Descriptor) {
  const blob = await draft.open(table)
  const records = readFileTable(blob)[Symbol.asyncIterator]()
  let next: IteratorResult<FileRecord> | undefined
  return {
    async *layer(index: number): AsyncGenerator<FileRecord> {
      for (;;) {
        next ??= await records.next()
        if (next.done === true || next.value.layer > index) return
        const { value } = next
        next = undefined
        if (value.layer === index) yield value
      }
    },
    close: () => blob.close(),
  }
}
