/** What Compose files mean, as plain values: by it an edit is judged. Works on our own reading and on Compose's. */
import { asMapping } from '../../compose/merge.ts'
import { normalTarget, parseMountText } from '../../compose/mount-text.ts'
import { entriesOf, type Node } from '../../compose/node.ts'
import type { Want } from './change.ts'

export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain }
type Fields = Readonly<Record<string, Plain>>

/** Our own reading of a project as plain values. */
export function plainOf(node: Node, key = ''): Plain {
  if (key === 'environment') {
    const named = asMapping(node)
    if (named !== undefined && named !== node) return plainOf(named)
  }
  if (node.kind === 'scalar') return node.value
  if (node.kind === 'list') return node.items.map((item) => plainOf(item))
  return Object.fromEntries(entriesOf(node).map((entry) => [entry.key, plainOf(entry.value, entry.key)]))
}

/** What a project means, in a form in which what means the same is equal. `x-…` mean nothing by themselves. */
export function meaningOf(project: Plain): Plain {
  const meaning = Object.entries(fieldsOf(project)).filter(([key]) => !key.startsWith('x-'))
  return updated(Object.fromEntries(meaning), ['services'], (services) =>
    Object.fromEntries(
      Object.entries(fieldsOf(services)).map(([name, service]) => [
        name,
        isFields(service) && 'volumes' in service ? updated(service, ['volumes'], sorted) : service,
      ]),
    ),
  )
}

/**
 * What a project means once a wish is fulfilled, and nothing else is different: as files say it, or as Compose has it,
 * which gives every volume a name.
 */
export function withWant(project: Plain, want: Want, form: 'written' | 'resolved' = 'written'): Plain {
  switch (want.what) {
    case 'image':
      return updated(project, ['services', want.service, 'image'], () => want.image)
    case 'mount':
      return updated(project, ['services', want.service, 'volumes'], (mounts) =>
        isList(mounts) ? sorted(mounts.map((mount) => movedMount(mount, want))) : mounts,
      )
    case 'data-directory':
      return updated(project, ['services', want.service, 'environment', 'PGDATA'], () => want.path)
    case 'volume':
      return updated(project, ['volumes', want.key], () => ({
        ...(want.key === want.name && form === 'written' ? {} : { name: want.name }),
        external: true,
      }))
  }
}

/** Whether a mount, in either syntax, is of the volume with this key. */
export function mountsVolume(mount: Plain, key: string): boolean {
  if (typeof mount === 'string') return parseMountText(mount).source === key
  const { type = 'volume', source } = fieldsOf(mount)
  return type === 'volume' && source === key
}

/** Where a mount is in the container. */
export function targetOf(mount: Plain): string | undefined {
  if (typeof mount === 'string') return normalTarget(parseMountText(mount).target)
  const { target } = fieldsOf(mount)
  return typeof target === 'string' ? normalTarget(target) : undefined
}

function movedMount(mount: Plain, want: Want & { what: 'mount' }): Plain {
  if (!mountsVolume(mount, want.from)) return mount
  if (typeof mount === 'string') return movedText(mount, want)
  return { ...fieldsOf(mount), source: want.source, target: want.target }
}

/** A mount of the short syntax with the source and target that are wanted. */
export function movedText(mount: string, { source, target }: Want & { what: 'mount' }): string {
  const { options } = parseMountText(mount)
  return [source, target, ...(options.length === 0 ? [] : [options.join(',')])].join(':')
}

/** Mounts have no order. */
function sorted(mounts: Plain): Plain {
  if (!isList(mounts)) return mounts
  const place = (mount: Plain) => targetOf(mount) ?? JSON.stringify(mount)
  return mounts.toSorted((one, other) => (place(one) < place(other) ? -1 : 1))
}

function updated(value: Plain, path: readonly string[], update: (value: Plain) => Plain): Plain {
  const [key, ...rest] = path
  if (key === undefined) return update(value)
  const fields = fieldsOf(value)
  return { ...fields, [key]: updated(fields[key] ?? null, rest, update) }
}

/** The value below a path of keys. */
export function at(value: Plain, ...path: readonly string[]): Plain | undefined {
  let found: Plain | undefined = value
  for (const key of path) found = isFields(found) ? found[key] : undefined
  return found
}

export function fieldsOf(value: Plain | undefined): Fields {
  return isFields(value) ? value : {}
}

function isFields(value: Plain | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function isList(value: Plain | undefined): value is readonly Plain[] {
  return Array.isArray(value)
}
