import { entriesOf, itemsOf, textOf, valueAt } from '../../compose/node.ts'
import type { ComposeChange, FileChange } from './change.ts'
import { mountsVolume, plainOf, targetOf } from './meaning.ts'
import type { ComposeOrigin } from './origin.ts'
import { keyOfVolume, type ReadProject } from './project.ts'

/** What is good to know of a change, a sentence each: whom else of the project it concerns. */
export function notesOn(
  read: ReadProject,
  origin: ComposeOrigin,
  change: ComposeChange,
  changes: readonly FileChange[],
): readonly string[] {
  const { root } = read
  const key = keyOfVolume(root, origin.project, change.volume)
  const notes: string[] = []
  const oldImages = new Set(
    change.services.map((service) => textOf(valueAt(root, 'services', service, 'image'))),
  )
  for (const { key: name, value: service } of entriesOf(valueAt(root, 'services'))) {
    if (change.services.includes(name)) continue
    const mounted = itemsOf(valueAt(service, 'volumes'))
      .map((mount) => plainOf(mount))
      .find((mount) => key !== undefined && mountsVolume(mount, key))
    if (mounted !== undefined)
      notes.push(
        `${name} mounts ${change.volume} as well, at ${targetOf(mounted) ?? '?'}: see whether it can do with ${
          change.into === undefined ? 'what is in it now' : `the old data, or belongs to ${change.into}`
        }.`,
      )
    const image = textOf(valueAt(service, 'image'))
    if (image !== undefined && image !== change.image && oldImages.has(image))
      notes.push(
        `${name} runs ${image}, too: programs like pg_dump refuse a server that is newer than they are.`,
      )
  }
  const own = new Set(origin.files)
  for (const { path, name } of changes)
    if (!own.has(path)) notes.push(`${name} may belong to other projects as well: they get the change, too.`)
  if (read.incomplete) notes.push('Parts of the project lie elsewhere and were not read.')
  return notes
}
