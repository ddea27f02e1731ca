/** What a person is told to change, with the place and the value, where an edit would be a guess. */
import { lettersOf } from '../../compose/edits.ts'
import { oneVariable } from '../../compose/interpolate.ts'
import { asMapping } from '../../compose/merge.ts'
import { itemsOf, valueAt, type Node } from '../../compose/node.ts'
import { placeOf, type Span } from '../../compose/source-file.ts'
import type { Want } from './change.ts'
import { mountsVolume, movedText, plainOf } from './meaning.ts'
import type { ReadProject } from './project.ts'

/** One sentence that says what to write, and where. */
export function byHand(want: Want, read: ReadProject): string {
  const { root } = read
  switch (want.what) {
    case 'image': {
      const node = valueAt(root, 'services', want.service, 'image')
      return toWrite(node, `the image of ${want.service}`, want.image, read)
    }
    case 'mount': {
      const mount = itemsOf(valueAt(root, 'services', want.service, 'volumes')).find((each) =>
        mountsVolume(plainOf(each), want.from),
      )
      const part = mount?.kind === 'map' ? valueAt(mount, 'target') : mount
      const text = part?.kind === 'scalar' ? String(part.value) : ''
      const value = part === mount ? movedText(text, want) : want.target
      return toWrite(part, `the mount of ${want.service}`, value, read)
    }
    case 'data-directory': {
      const environment = asMapping(valueAt(root, 'services', want.service, 'environment'))
      const node = valueAt(environment, 'PGDATA')
      return toWrite(node, `PGDATA of ${want.service}`, want.path, read)
    }
    case 'volume':
      return `Declare the volume ${want.name}, with the key ${want.key} and external: true.`
  }
}

function toWrite(node: Node | undefined, what: string, value: string, read: ReadProject): string {
  if (node === undefined) return `Let ${what} be ${value}.`
  const letters = lettersAt(node)
  const variable = node.kind === 'scalar' && node.interpolated ? oneVariable(letters) : undefined
  const said = `${placed(node)}: ${what} is ${letters}`
  if (variable === undefined) return `${said}; let it come to ${value}.`
  const { name, before, after } = variable
  const fits =
    value.startsWith(before) && value.endsWith(after) && value.length > before.length + after.length
  if (!fits) return `${said}; write ${value} instead of it${ofVariable(name, read)}.`
  const wanted = value.slice(before.length, value.length - after.length)
  return `${said}; set ${name} to ${wanted}${ofVariable(name, read, variable.default)}.`
}

/** Where a variable is set, as Compose looks for it: its own environment first, then the files, the last of them first. */
function ofVariable(name: string, read: ReadProject, standard?: string): string {
  const own = read.environment[name]
  if (own !== undefined) return `, which is set to ${own} in the environment that Compose is called in`
  for (const { name: file, text } of read.variableFiles.toReversed()) {
    const line = text.split('\n').findLastIndex((each) => settingOf(each) === name)
    if (line !== -1) return `, which is set in ${file}:${line + 1}`
  }
  return standard === undefined ? '' : `, or write that in the place of the default ${standard}`
}

function settingOf(line: string): string | undefined {
  return /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*[=:]/.exec(line)?.[1]
}

function lettersAt(node: Node): string {
  const { span } = node.origin ?? node
  return lettersOf(span)?.text ?? span.source.text.slice(span.start, span.end).trim()
}

function placed(node: Node): string {
  return shown((node.origin ?? node).span)
}

/** `compose.yaml:4` */
export function shown(span: Span): string {
  const { file, line } = placeOf(span)
  return `${file}:${line}`
}
