import { createHash } from 'node:crypto'
import type { Volume } from '../../facts.ts'
import { asMapping } from '../../compose/merge.ts'
import { entriesOf, textOf, valueAt, type Node } from '../../compose/node.ts'
import type { LiveVolume } from './live.ts'

/** What of a volume Compose holds against its file. */
export type HashedVolume = {
  readonly name: string
  readonly driver: string
  readonly options: Readonly<Record<string, string>>
  readonly labels: Readonly<Record<string, string>>
}

/** The label that Compose keeps the hash in, since 2.32. */
export const hashLabel = 'com.docker.compose.config-hash'

/**
 * The hash that Compose makes of a volume's declaration (VolumeHash in its pkg/compose/hash.go): SHA-256 of the
 * declaration as Go writes it in JSON, without what is empty, keys sorted, and three letters escaped.
 */
export function composeHash({ name, driver, options, labels }: HashedVolume): string {
  const content = {
    name,
    driver: driver === '' ? 'local' : driver,
    ...(Object.keys(options).length === 0 ? {} : { driver_opts: sorted(options) }),
    ...(Object.keys(labels).length === 0 ? {} : { labels: sorted(labels) }),
  }
  const json = JSON.stringify(content).replaceAll(
    /[<>&\u2028\u2029]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return createHash('sha256').update(json).digest('hex')
}

/**
 * How the declaration in the file differs from the one that the volume was made by: names of what differs. Undefined
 * when it does not, or that cannot be told: the hash of what the volume is must be the one that Compose noted, or
 * else this Compose reckons differently and nothing follows.
 */
export function changedDeclaration(volume: LiveVolume): readonly string[] | undefined {
  const noted = volume.labels[hashLabel]
  const { declared } = volume
  // Only Compose's own reading has everything resolved.
  if (
    noted === undefined ||
    declared === undefined ||
    declared.external ||
    declared.node.origin === undefined
  )
    return undefined
  const was = asMade(volume)
  if (composeHash(was) !== noted) return undefined
  const is: HashedVolume = {
    name: volume.name,
    driver: textOf(valueAt(declared.node, 'driver')) ?? 'local',
    options: textsIn(valueAt(declared.node, 'driver_opts')),
    labels: textsIn(valueAt(declared.node, 'labels')),
  }
  if (composeHash(is) === noted) return undefined
  return differences(was, is)
}

/** What the file said when Compose made the volume: its labels but for Compose's own. */
function asMade({ name, driver, options, labels }: Volume): HashedVolume {
  const own = Object.entries(labels).filter(([key]) => !key.startsWith('com.docker.compose.'))
  return { name, driver, options, labels: Object.fromEntries(own) }
}

function differences(was: HashedVolume, is: HashedVolume): readonly string[] {
  const within = (what: string, one: HashedVolume['labels'], other: HashedVolume['labels']) =>
    [...new Set([...Object.keys(one), ...Object.keys(other)])]
      .filter((key) => one[key] !== other[key])
      .map((key) => `${what} ${key}`)
  return [
    ...(was.driver === is.driver ? [] : ['driver']),
    ...within('option', was.options, is.options),
    ...within('label', was.labels, is.labels),
  ]
}

function textsIn(node: Node | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries(
    entriesOf(node === undefined ? undefined : asMapping(node)).map(({ key, value }) => [
      key,
      textOf(value) ?? '',
    ]),
  )
}

function sorted(texts: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(texts).toSorted(([one], [other]) => (one < other ? -1 : 1)))
}
