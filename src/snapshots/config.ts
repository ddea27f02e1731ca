import type { HostFolder } from '../facts.ts'
import { readDatabases } from './database-facts.ts'
import type { Consumer, SnapshotConfig, Warning } from './format.ts'
import { fieldsOf, flag, integer, list, oneOf, text, textRecord, WrongShape } from './read.ts'
import { readSnapshotSet } from './read-set.ts'
import { readUndoCopy } from './undo-copy.ts'

const methods: readonly SnapshotConfig['consistency']['method'][] = [
  'idle',
  'live',
  'paused',
  'stopped',
  'native',
]
const warningCodes: readonly Warning['code'][] = [
  'socket-skipped',
  'changed-while-read',
  'other-file-system',
  'hard-link-split',
  'option-redacted',
  'archive',
]

/** A config blob that a later format wrote; what it says is not ours to guess. */
export class NewerFormat extends Error {
  constructor(version: number) {
    super(`made by a newer docker vol (format ${version})`)
    this.name = 'NewerFormat'
  }
}

/** The config blob. The same config gives the same bytes, in whatever order its keys were set. */
export function encodeConfig(config: SnapshotConfig): Buffer {
  return Buffer.from(`${JSON.stringify(canonical(config))}\n`)
}

/** Reads a config blob. Throws SyntaxError, WrongShape, or NewerFormat. */
export function decodeConfig(bytes: Buffer): SnapshotConfig {
  const json: unknown = JSON.parse(bytes.toString('utf8'))
  const version = integer(fieldsOf(json, 'config')['formatVersion'], 'config.formatVersion')
  if (version > 1) throw new NewerFormat(version)
  if (version !== 1) throw new WrongShape('config.formatVersion', 'one that there is')
  return readConfig(json)
}

/** The keys in the order of the format; options and labels by name. */
function canonical(config: SnapshotConfig): SnapshotConfig {
  const ordered = readConfig(config)
  const { volume } = ordered
  return { ...ordered, volume: { ...volume, options: byName(volume.options), labels: byName(volume.labels) } }
}

function byName(record: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const names = Object.keys(record).sort()
  return Object.fromEntries(names.map((name) => [name, record[name] ?? '']))
}

function readConfig(json: unknown): SnapshotConfig {
  const config = fieldsOf(json, 'config')
  const tool = fieldsOf(config['tool'], 'config.tool')
  const engine = fieldsOf(config['engine'], 'config.engine')
  const volume = fieldsOf(config['volume'], 'config.volume')
  return {
    formatVersion: 1,
    id: text(config['id'], 'config.id'),
    created: text(config['created'], 'config.created'),
    tool: {
      name: oneOf(tool['name'], 'config.tool.name', ['docker-vol']),
      version: text(tool['version'], 'config.tool.version'),
    },
    engine: {
      id: text(engine['id'], 'config.engine.id'),
      version: text(engine['version'], 'config.engine.version'),
      operatingSystem: text(engine['operatingSystem'], 'config.engine.operatingSystem'),
      architecture: text(engine['architecture'], 'config.engine.architecture'),
    },
    volume: {
      name: text(volume['name'], 'config.volume.name'),
      driver: text(volume['driver'], 'config.volume.driver'),
      options: textRecord(volume['options'], 'config.volume.options'),
      redactedOptions: list(volume['redactedOptions'], 'config.volume.redactedOptions', text),
      labels: textRecord(volume['labels'], 'config.volume.labels'),
    },
    ...(config['compose'] === undefined ? {} : { compose: readCompose(config['compose']) }),
    consumers: list(config['consumers'], 'config.consumers', readConsumer),
    ...(config['databases'] === undefined
      ? {}
      : { databases: readDatabases(config['databases'], 'config.databases') }),
    consistency: readConsistency(config['consistency']),
    totals: readTotals(config['totals']),
    warnings: list(config['warnings'], 'config.warnings', readWarning),
    ...(config['undo'] === undefined ? {} : { undo: readUndoCopy(config['undo'], 'config.undo') }),
    ...(config['folder'] === undefined ? {} : { folder: readFolder(config['folder']) }),
    ...(config['set'] === undefined ? {} : { set: readSnapshotSet(config['set'], 'config.set') }),
  }
}

function readFolder(json: unknown): HostFolder {
  const folder = fieldsOf(json, 'config.folder')
  return {
    path: text(folder['path'], 'config.folder.path'),
    service: text(folder['service'], 'config.folder.service'),
    destination: text(folder['destination'], 'config.folder.destination'),
  }
}

function readCompose(json: unknown): NonNullable<SnapshotConfig['compose']> {
  const compose = fieldsOf(json, 'config.compose')
  return {
    project: text(compose['project'], 'config.compose.project'),
    ...optionalText(compose, 'volume', 'config.compose'),
    services: list(compose['services'], 'config.compose.services', text),
  }
}

function readConsumer(json: unknown, where: string): Consumer {
  const consumer = fieldsOf(json, where)
  return {
    name: text(consumer['name'], `${where}.name`),
    image: text(consumer['image'], `${where}.image`),
    imageId: text(consumer['imageId'], `${where}.imageId`),
    repositoryDigests: list(consumer['repositoryDigests'], `${where}.repositoryDigests`, text),
    state: text(consumer['state'], `${where}.state`),
    destination: text(consumer['destination'], `${where}.destination`),
    readOnly: flag(consumer['readOnly'], `${where}.readOnly`),
    ...optionalText(consumer, 'project', where),
    ...optionalText(consumer, 'service', where),
  }
}

function readConsistency(json: unknown): SnapshotConfig['consistency'] {
  const consistency = fieldsOf(json, 'config.consistency')
  return {
    method: oneOf(consistency['method'], 'config.consistency.method', methods),
    why: text(consistency['why'], 'config.consistency.why'),
    changed: list(consistency['changed'], 'config.consistency.changed', text),
  }
}

function readTotals(json: unknown): SnapshotConfig['totals'] {
  const totals = fieldsOf(json, 'config.totals')
  return {
    entries: integer(totals['entries'], 'config.totals.entries'),
    files: integer(totals['files'], 'config.totals.files'),
    directories: integer(totals['directories'], 'config.totals.directories'),
    symlinks: integer(totals['symlinks'], 'config.totals.symlinks'),
    hardLinks: integer(totals['hardLinks'], 'config.totals.hardLinks'),
    special: integer(totals['special'], 'config.totals.special'),
    bytes: integer(totals['bytes'], 'config.totals.bytes'),
    storedBytes: integer(totals['storedBytes'], 'config.totals.storedBytes'),
  }
}

function readWarning(json: unknown, where: string): Warning {
  const warning = fieldsOf(json, where)
  return {
    code: oneOf(warning['code'], `${where}.code`, warningCodes),
    message: text(warning['message'], `${where}.message`),
    ...optionalText(warning, 'path', where),
  }
}

function optionalText<Key extends string>(
  fields: Readonly<Record<string, unknown>>,
  key: Key,
  where: string,
): { readonly [name in Key]?: string } {
  const found: { [name in Key]?: string } = {}
  if (fields[key] !== undefined) found[key] = text(fields[key], `${where}.${key}`)
  return found
}
