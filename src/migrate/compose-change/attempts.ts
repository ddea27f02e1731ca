import { withEdits, type Edit } from '../../compose/edit.ts'
import { insertAt, insertEntry, lettersOf, replaceSpan } from '../../compose/edits.ts'
import { asMapping } from '../../compose/merge.ts'
import { normalTarget } from '../../compose/mount-text.ts'
import { entriesOf, entryOf, itemsOf, textOf, valueAt, type Mapping, type Node } from '../../compose/node.ts'
import type { Want } from './change.ts'
import { mountsVolume, plainOf } from './meaning.ts'

/**
 * One way to write what is wanted into files that were read: edits, or none where this way is not open. It need not
 * know whether others use what it changes, nor whether it is enough: the files are read again after it.
 */
export type Attempt = (root: Mapping) => readonly Edit[]

/** The ways to write what is wanted, the one that people would choose first. */
export function attemptsFor(want: Want): readonly Attempt[] {
  switch (want.what) {
    case 'image':
      return [(root) => imageInPlace(root, want), (root) => ownImage(root, want)]
    case 'mount':
      return [(root) => movedMounts(root, want)]
    case 'data-directory':
      return [(root) => dataDirectory(root, want)]
    case 'volume':
      return [(root) => declaredVolume(root, want)]
  }
}

/** What needs no quotes anywhere in YAML, and has no meaning for Compose. */
const plainWord = /^[\w/][\w./:@-]*$/

function imageInPlace(root: Mapping, { service, image }: Want & { what: 'image' }): readonly Edit[] {
  return rewritten(valueAt(root, 'services', service, 'image'), image, () => image)
}

/** A service's own image goes before one that it gets through an anchor or from what it extends. */
function ownImage(root: Mapping, { service, image }: Want & { what: 'image' }): readonly Edit[] {
  const inherited = valueAt(root, 'services', service, 'image')
  if (inherited?.kind !== 'scalar' || !inherited.shared || inherited.interpolated) return []
  return inserted(ownPartOf(root, service), `image: ${image}`, image)
}

function movedMounts(root: Mapping, want: Want & { what: 'mount' }): readonly Edit[] {
  const { from, source, target } = want
  const mounts = itemsOf(valueAt(root, 'services', want.service, 'volumes')).filter((mount) =>
    mountsVolume(plainOf(mount), from),
  )
  return mounts.flatMap((mount) => {
    if (mount.kind === 'map') {
      const targetAt = valueAt(mount, 'target')
      const there = normalTarget(textOf(targetAt)) === target
      return [
        ...(there ? [] : rewritten(targetAt, target, () => target)),
        ...(from === source ? [] : rewritten(valueAt(mount, 'source'), source, () => source)),
      ]
    }
    const words = `${source}:${target}`
    return rewritten(mount, words, (text) => shortMount(text, want), /^(\$\{[^}]*\})?[^$]*$/)
  })
}

/** `SOURCE:TARGET[:OPTIONS]` with another target, and another source where that is wanted and no variable. */
function shortMount(text: string, { from, source, target }: Want & { what: 'mount' }): string | undefined {
  const parts = /^(?<source>\$\{[^}]*\}|[^$:]+):(?<target>\/[^$:]*)(?<options>:[^$:]*)?$/.exec(text)?.groups
  if (parts === undefined) return undefined
  const written = parts['source'] ?? ''
  if (source !== from && written !== from) return undefined
  return `${source === from ? written : source}:${target}${parts['options'] ?? ''}`
}

function dataDirectory(root: Mapping, want: Want & { what: 'data-directory' }): readonly Edit[] {
  const environment = valueAt(root, 'services', want.service, 'environment')
  const known = valueAt(asMapping(environment), 'PGDATA')
  if (known !== undefined)
    return rewritten(known, want.path, (text) =>
      text.startsWith('PGDATA=') ? `PGDATA=${want.path}` : want.path,
    )
  if (environment?.kind === 'list') return itemBefore(environment.items[0], `PGDATA=${want.path}`, want.path)
  if (environment?.kind === 'map') return inserted(environment, `PGDATA: ${want.path}`, want.path)
  return inserted(ownPartOf(root, want.service), `environment: {PGDATA: ${want.path}}`, want.path)
}

function declaredVolume(root: Mapping, { key, name }: Want & { what: 'volume' }): readonly Edit[] {
  const volumes = valueAt(root, 'volumes')
  if (valueAt(volumes, key) !== undefined) return []
  const named = key === name ? '' : `name: ${name}, `
  return inserted(volumes, `${key}: {${named}external: true}`, `${key}/${name}`)
}

/**
 * A scalar with other letters, its quotes kept, into which these new words go; no edit where a variable is in it that
 * the pattern does not expect.
 */
function rewritten(
  node: Node | undefined,
  words: string,
  change: (text: string) => string | undefined,
  expected = /^[^$]*$/,
): readonly Edit[] {
  const written = node?.origin ?? node
  if (written?.kind !== 'scalar') return []
  const letters = lettersOf(written.span)
  if (letters === undefined || !expected.test(letters.text)) return []
  const text = change(letters.text)
  if (text === undefined || text === letters.text || !plainWord.test(words)) return []
  return [replaceSpan(letters, text)]
}

/** A service without what it gets from elsewhere: the mapping below its own name. */
function ownPartOf(root: Mapping, name: string): Mapping | undefined {
  const services = valueAt(root, 'services')
  const entry = entryOf(services, name)
  if (entry?.value.kind !== 'map') return undefined
  const { source, end: start } = entry.keySpan
  const next = [...entriesOf(root), ...entriesOf(services)]
    .filter(({ keySpan }) => keySpan.source === source && keySpan.start >= start)
    .map(({ keySpan }) => keySpan.start)
  const span = { source, start, end: Math.min(source.text.length, ...next) }
  return { ...entry.value, span, flow: /^['"]?\s*:\s*\{/.test(source.text.slice(start)) }
}

function inserted(mapping: Node | undefined, entry: string, value: string): readonly Edit[] {
  if (mapping?.kind !== 'map' || !plainWord.test(value)) return []
  const edit = insertEntry(mapping, entry)
  return edit === undefined ? [] : [edit]
}

/** Puts an item into a list before its first. */
function itemBefore(first: Node | undefined, item: string, value: string): readonly Edit[] {
  if (first === undefined || !plainWord.test(value)) return []
  const { source, start } = first.span
  const before = source.text.slice(source.text.lastIndexOf('\n', start - 1) + 1, start)
  if (/^ *- +$/.test(before)) return [insertAt(source, start, `${item}${source.lineEnd}${before}`)]
  return /[[]\s*$/.test(before) ? [insertAt(source, start, `${item}, `)] : []
}

/** Texts with edits in them; undefined where two edits touch each other. */
export function textsWith(
  texts: ReadonlyMap<string, string>,
  edits: readonly Edit[],
): ReadonlyMap<string, string> | undefined {
  const unique = [...new Map(edits.map((edit) => [JSON.stringify(edit), edit])).values()]
  const touching = unique.some((one, index) =>
    unique.some(
      (other, at) =>
        at > index && one.path === other.path && one.start <= other.end && other.start <= one.end,
    ),
  )
  if (touching || unique.some(({ path }) => !texts.has(path))) return undefined
  const changed = Map.groupBy(unique, ({ path }) => path)
  return new Map([...texts].map(([path, text]) => [path, withEdits(text, changed.get(path) ?? [])] as const))
}
