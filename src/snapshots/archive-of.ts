import { isDeepStrictEqual } from 'node:util'
import type { FrameReader } from '../frames/read.ts'
import type { Store } from '../stores/store.ts'
import { printableName } from '../tar/name.ts'
import { tarParser } from '../tar/parse.ts'
import { filesOf, layersOf, openLayer } from './contents.ts'
import { asDamage, damaged } from './damage.ts'
import type { FileRecord, StoredSnapshot } from './format.ts'
import { tarRecord } from './tar-record.ts'
import { totalsCounter, type TotalsCounter } from './totals.ts'

/**
 * The layers one after another as tar, each with its end mark, checked strictly as they pass: every entry is the
 * one that the file table lists at this place, every layer is whole, and all are what the configuration counts. Fails
 * with SNAPSHOT_DAMAGED otherwise.
 */
export async function* archiveOf(
  store: Store,
  snapshot: StoredSnapshot,
  reader: FrameReader,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const files = filesOf(store, snapshot)
  const counter = totalsCounter()
  try {
    for (const [index, descriptor] of layersOf(snapshot).entries()) {
      const layer = await openLayer(store, snapshot, descriptor)
      try {
        const found: FileRecord[] = []
        const parser = tarParser({
          entry: (entry, { start, end }) =>
            void found.push(tarRecord(entry, { layer: index, offset: start, length: end - start })),
        })
        const places = layer.frames.map((frame) => ({ ...frame, descriptor: layer.blob.descriptor }))
        for await (const bytes of reader.frames(places)) {
          parser.push(bytes)
          await compare(found, files, snapshot, counter)
          yield bytes
        }
        parser.finish()
      } catch (error) {
        throw asDamage(snapshot, descriptor, error)
      } finally {
        await layer.close()
      }
    }
    if ((await files.next()).done !== true)
      throw damaged(snapshot, 'its layers hold fewer files than it lists')
    const { storedBytes, ...totals } = snapshot.config.totals
    const stored = layersOf(snapshot).reduce((sum, { size }) => sum + size, 0)
    if (stored !== storedBytes || !isDeepStrictEqual(counter.totals(), totals))
      throw damaged(snapshot, 'it holds other files than its configuration counts')
  } finally {
    await files.return(undefined)
  }
}

async function compare(
  found: FileRecord[],
  files: AsyncGenerator<FileRecord>,
  snapshot: StoredSnapshot,
  counter: TotalsCounter,
): Promise<void> {
  for (const record of found.splice(0)) {
    counter.add(record)
    const { value, done } = await files.next()
    if (done === true || !isDeepStrictEqual(value, record))
      throw damaged(
        snapshot,
        `its layer ${record.layer} holds "${printableName(record.path)}", which it does not list like this`,
      )
  }
}
