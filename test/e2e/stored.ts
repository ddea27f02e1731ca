/** Looks into a store with none of the product's code. */
import { readFile } from 'node:fs/promises'
import path from 'node:path'

type Named = { readonly digest: string; readonly annotations?: Readonly<Record<string, string>> }
type ManifestFile = { readonly config: Named; readonly layers: readonly (Named & { mediaType: string })[] }

/** The files of a stored snapshot. */
export type OnDisk = {
  readonly index: string
  readonly manifest: string
  readonly config: string
  /** In the order in which they are to be unpacked. */
  readonly layers: readonly string[]
  readonly fileTable: string
}

/** Where a snapshot lies, as index.json and its manifest say. */
export async function snapshotOnDisk(store: string, reference: string): Promise<OnDisk> {
  const [volume = '', id = ''] = reference.split('@')
  const layout = path.join(store, volume)
  const blob = ({ digest }: Named) => path.join(layout, 'blobs', ...digest.split(':'))
  const index = path.join(layout, 'index.json')
  const { manifests }: { manifests: readonly Named[] } = JSON.parse(await readFile(index, 'utf8'))
  const entry = manifests.find(({ annotations }) => annotations?.['org.opencontainers.image.ref.name'] === id)
  if (entry === undefined) throw new Error(`${index} does not list ${id}`)
  const { config, layers }: ManifestFile = JSON.parse(await readFile(blob(entry), 'utf8'))
  const tars = layers.filter(({ mediaType }) => mediaType.endsWith('.tar+zstd'))
  const [fileTable] = layers.filter((layer) => !tars.includes(layer))
  if (fileTable === undefined) throw new Error(`${reference} has no file table`)
  return {
    index,
    manifest: blob(entry),
    config: blob(config),
    layers: tars.map(blob),
    fileTable: blob(fileTable),
  }
}

/** The layers of a stored snapshot, in the order in which they are to be unpacked. */
export async function layersOnDisk(store: string, reference: string): Promise<readonly string[]> {
  return (await snapshotOnDisk(store, reference)).layers
}
