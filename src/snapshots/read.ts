import type { Descriptor, Digest, Manifest } from './format.ts'
import { artifactType, mediaTypes } from './format.ts'

/** JSON that is not what it should be: `config.volume.name is not a string`. */
export class WrongShape extends Error {
  constructor(where: string, expected: string) {
    super(`${where} is not ${expected}`)
    this.name = 'WrongShape'
  }
}

type Fields = Readonly<Record<string, unknown>>

/** The fields of a JSON object. Every function here throws WrongShape for anything else; `where` names the place. */
export function fieldsOf(value: unknown, where: string): Fields {
  if (!isFields(value)) throw new WrongShape(where, 'an object')
  return value
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function text(value: unknown, where: string): string {
  if (typeof value !== 'string') throw new WrongShape(where, 'a string')
  return value
}

export function flag(value: unknown, where: string): boolean {
  if (typeof value !== 'boolean') throw new WrongShape(where, 'true or false')
  return value
}

/** A whole number from 0 that a double holds exactly. */
export function integer(value: unknown, where: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw new WrongShape(where, 'a whole number')
  }
  return value
}

export function oneOf<Choice extends string>(
  value: unknown,
  where: string,
  choices: readonly Choice[],
): Choice {
  const found = choices.find((choice) => choice === value)
  if (found === undefined) throw new WrongShape(where, `one of ${choices.join(', ')}`)
  return found
}

export function list<Item>(
  value: unknown,
  where: string,
  item: (value: unknown, where: string) => Item,
): readonly Item[] {
  if (!Array.isArray(value)) throw new WrongShape(where, 'a list')
  return value.map((entry: unknown, index) => item(entry, `${where}[${index}]`))
}

/** An object whose values are all strings, `__proto__` among its possible keys. */
export function textRecord(value: unknown, where: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(fieldsOf(value, where)).map(([key, entry]) => [key, text(entry, `${where}.${key}`)]),
  )
}

export function isDigest(value: string): value is Digest {
  return /^sha256:[0-9a-f]{64}$/.test(value)
}

export function digest(value: unknown, where: string): Digest {
  const found = text(value, where)
  if (!isDigest(found)) throw new WrongShape(where, 'a SHA-256 digest')
  return found
}

/** An OCI content descriptor (image-spec 1.1, descriptor.md); what we do not use of it is dropped. */
export function descriptor(value: unknown, where: string): Descriptor {
  const fields = fieldsOf(value, where)
  return {
    mediaType: text(fields['mediaType'], `${where}.mediaType`),
    digest: digest(fields['digest'], `${where}.digest`),
    size: integer(fields['size'], `${where}.size`),
    ...(fields['artifactType'] === undefined
      ? {}
      : { artifactType: text(fields['artifactType'], `${where}.artifactType`) }),
    ...(fields['annotations'] === undefined
      ? {}
      : { annotations: textRecord(fields['annotations'], `${where}.annotations`) }),
  }
}

/** The manifest of a snapshot; an OCI manifest of anything else is a WrongShape. */
export function readManifest(json: unknown): Manifest {
  const fields = fieldsOf(json, 'manifest')
  if (fields['schemaVersion'] !== 2) throw new WrongShape('manifest.schemaVersion', '2')
  return {
    schemaVersion: 2,
    mediaType: oneOf(fields['mediaType'], 'manifest.mediaType', [mediaTypes.manifest]),
    artifactType: oneOf(fields['artifactType'], 'manifest.artifactType', [artifactType]),
    config: descriptor(fields['config'], 'manifest.config'),
    layers: list(fields['layers'], 'manifest.layers', descriptor),
    annotations: textRecord(fields['annotations'], 'manifest.annotations'),
  }
}

/** The descriptors in an `index.json` of an OCI image layout, also those that are not ours. */
export function readIndex(json: unknown): readonly Descriptor[] {
  const fields = fieldsOf(json, 'index')
  if (fields['schemaVersion'] !== 2) throw new WrongShape('index.schemaVersion', '2')
  return list(fields['manifests'], 'index.manifests', descriptor)
}
