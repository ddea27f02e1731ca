import path from 'node:path'
import { decodeText } from './limits.ts'
import type { Files } from './files.ts'
import { parseEnvironmentFile } from './interpolate.ts'
import { entriesOf, itemsOf, textOf, valueAt, type Node } from './node.ts'

/** The variables that each service gets from its `env_file`; undefined when one of the files cannot be had. */
export async function readServiceEnvironments(
  root: Node,
  files: Files,
): Promise<ReadonlyMap<string, ReadonlyMap<string, string> | undefined>> {
  const result = new Map<string, ReadonlyMap<string, string> | undefined>()
  for (const { key, value } of entriesOf(valueAt(root, 'services'))) {
    const listed = valueAt(value, 'env_file')
    if (listed !== undefined) result.set(key, await readAll(listed, files))
  }
  return result
}

async function readAll(listed: Node, files: Files): Promise<ReadonlyMap<string, string> | undefined> {
  const values = new Map<string, string>()
  for (const item of listed.kind === 'list' ? itemsOf(listed) : [listed]) {
    const file = textOf(item.kind === 'map' ? valueAt(item, 'path') : item)
    if (file === undefined) return undefined
    const bytes = await files.read(path.resolve(item.span.source.baseDirectory, file))
    if (bytes === undefined) return undefined
    for (const [name, value] of parseEnvironmentFile(decodeText(file, bytes))) values.set(name, value)
  }
  return values
}
