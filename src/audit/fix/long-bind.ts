import type { Edit } from '../../compose/edit.ts'
import type { Mount } from '../model/project.ts'
import { parseMountText } from '../../compose/mount-text.ts'
import { editable, lettersOf, replaceSpan } from '../../compose/edits.ts'

/** Writes a bind mount of the short syntax in the long one, with `create_host_path: false`. */
export function longBind(mount: Mount): Edit | undefined {
  const scalar = editable(mount.at, 'scalar')
  if (scalar === undefined) return undefined
  const letters = lettersOf(scalar.span)
  if (letters === undefined) return undefined
  // A default value has colons of its own.
  if (/\$\{[^}]*:/.test(letters.text)) return undefined
  const { source, target, options } = parseMountText(letters.text)
  if (source === undefined || options.some((option) => !['ro', 'rw', 'z', 'Z'].includes(option)))
    return undefined
  const selinux = options.find((option) => option === 'z' || option === 'Z')
  const readOnly = options.includes('ro')
  const file = scalar.span.source
  const start = scalar.span.start
  const lineStart = file.text.lastIndexOf('\n', start - 1) + 1
  const inBlock = /^ *(- +)+$/.test(file.text.slice(lineStart, start))
  if (!inBlock) {
    const bind = `{create_host_path: false${selinux === undefined ? '' : `, selinux: ${selinux}`}}`
    const parts = ['type: bind', `source: ${quoted(source, true)}`, `target: ${quoted(target, true)}`]
    return replaceSpan(
      scalar.span,
      `{${[...parts, ...(readOnly ? ['read_only: true'] : []), `bind: ${bind}`].join(', ')}}`,
    )
  }
  // A comment after the value would end up below another key.
  if (/^[ \t]*#/.test(file.text.slice(scalar.span.end).split('\n')[0] ?? '')) return undefined
  const indent = ' '.repeat(start - lineStart)
  const lines = [
    'type: bind',
    `source: ${quoted(source, false)}`,
    `target: ${quoted(target, false)}`,
    ...(readOnly ? ['read_only: true'] : []),
    'bind:',
    '  create_host_path: false',
    ...(selinux === undefined ? [] : [`  selinux: ${selinux}`]),
  ]
  return replaceSpan(scalar.span, lines.join(`${file.lineEnd}${indent}`))
}

function quoted(text: string, flow: boolean): string {
  const plain = flow ? /^[\w./~-]+$/ : /^[\w./~${}-]+$/
  return plain.test(text) && !/^[-{]/.test(text) ? text : JSON.stringify(text)
}
