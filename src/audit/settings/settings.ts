import path from 'node:path'
import { VolError } from '../../errors.ts'
import { suggest } from '../../suggest.ts'
import { severities, type Severity } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { secondsOf } from '../model/duration.ts'
import type { Files } from '../../compose/files.ts'
import { decodeText } from '../../compose/limits.ts'
import { entriesOf, itemsOf, textOf, valueAt, type Entry, type Node } from '../../compose/node.ts'
import { parseSource } from '../../compose/parse.ts'
import { placeOf, sourceFile, type SourceFile } from '../../compose/source-file.ts'
import { bytesOf, noLimits, type Limits } from './limits.ts'

/** What `.docker-vol.yaml` beside the Compose file says about audits. */
export type AuditSettings = {
  readonly severities: ReadonlyMap<string, Severity | 'off'>
  readonly ignores: readonly SettingsIgnore[]
  readonly limits: Limits
  /** Absolute path. */
  readonly baseline: string
  readonly source: SourceFile | undefined
}

export type SettingsIgnore = {
  readonly rule: string
  readonly reason: string
  readonly service: string | undefined
  readonly volume: string | undefined
  readonly target: string | undefined
  readonly at: Node
}

const fileName = '.docker-vol.yaml'

/** The settings that a project without any has. */
export function defaultSettings(directory: string): AuditSettings {
  return {
    severities: new Map(),
    ignores: [],
    limits: noLimits,
    baseline: path.join(directory, '.docker-vol-baseline.json'),
    source: undefined,
  }
}

/** Reads the settings of a project. A slip in them is an error that names its line: it must not hide findings. */
export async function readAuditSettings(
  directory: string,
  files: Files,
  rules: readonly Rule[],
  nameOf: (path: string) => string,
): Promise<AuditSettings> {
  const file = path.join(directory, fileName)
  const standard = defaultSettings(directory)
  const bytes = await files.read(file)
  if (bytes === undefined) return standard
  const name = nameOf(file)
  const source = sourceFile({ path: file, name, text: decodeText(name, bytes), baseDirectory: directory })
  const [root] = parseSource(source)
  if (root === undefined) return { ...standard, source }
  checkKeys(root, ['rules', 'ignore', 'limits', 'baseline'])
  const known = rules.map(({ id }) => id)
  const baseline = textOf(valueAt(root, 'baseline'))
  return {
    severities: new Map(entriesOf(valueAt(root, 'rules')).map((entry) => severityOf(entry, known))),
    ignores: itemsOf(valueAt(root, 'ignore')).map((item) => ignoreOf(item, known)),
    limits: limitsOf(valueAt(root, 'limits')),
    baseline: baseline === undefined ? standard.baseline : path.resolve(directory, baseline),
    source,
  }
}

function severityOf({ key, value }: Entry, known: readonly string[]): readonly [string, Severity | 'off'] {
  if (!known.includes(key)) throw slip(value, `there is no rule "${key}"${meant(key, known)}`)
  // YAML 1.1 takes a bare off for false.
  const text = value.kind === 'scalar' && value.value === false ? 'off' : textOf(value)
  const level = text === 'off' ? 'off' : severities.find((each) => each === text)
  if (level === undefined) throw slip(value, `a rule is one of ${[...severities, 'off'].join(', ')}`)
  return [key, level]
}

function ignoreOf(item: Node, known: readonly string[]): SettingsIgnore {
  checkKeys(item, ['rule', 'reason', 'service', 'volume', 'target'])
  const rule = textOf(valueAt(item, 'rule'))
  if (rule === undefined) throw slip(item, 'an entry of ignore names a rule')
  if (!known.includes(rule)) throw slip(item, `there is no rule "${rule}"${meant(rule, known)}`)
  const part = (key: string) => textOf(valueAt(item, key))
  return {
    rule,
    reason: part('reason')?.trim() ?? '',
    service: part('service'),
    volume: part('volume'),
    target: part('target'),
    at: valueAt(item, 'rule') ?? item,
  }
}

function limitsOf(node: Node | undefined): Limits {
  if (node === undefined) return noLimits
  checkKeys(node, ['snapshot-age', 'verified-age', 'layer-size'])
  const read = (key: string, parse: (text: string) => number | undefined, what: string) => {
    const value = valueAt(node, key)
    if (value === undefined) return undefined
    const found = parse(textOf(value) ?? '')
    if (found === undefined) throw slip(value, `${key} is ${what}`)
    return found
  }
  return {
    snapshotAge: read('snapshot-age', secondsOf, 'a time, such as 7d or 12h'),
    verifiedAge: read('verified-age', secondsOf, 'a time, such as 7d or 12h'),
    layerSize: read('layer-size', bytesOf, 'a size, such as 100MB'),
  }
}

function checkKeys(node: Node, known: readonly string[]): void {
  if (node.kind !== 'map') throw slip(node, `a mapping with ${known.join(', ')} is expected`)
  const stray = entriesOf(node).find(({ key }) => !known.includes(key))
  if (stray !== undefined) throw slip(stray.value, `"${stray.key}" is none of ${known.join(', ')}`)
}

function meant(word: string, known: readonly string[]): string {
  const [near] = suggest(word, known)
  return near === undefined ? '' : `; did you mean "${near}"?`
}

function slip(node: Node, what: string): VolError {
  const { file, line, column } = placeOf(node.span)
  return new VolError('FAILED', `${file}:${line}:${column}: ${what}.`, {
    suggestions: ['docker vol audit --list-rules shows the rules.'],
  })
}
