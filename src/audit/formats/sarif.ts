import { pathToFileURL } from 'node:url'
import type { Edit, Place } from '../../compose/edit.ts'
import type { Finding, Fix, Severity } from '../finding.ts'
import type { Rule } from '../rule.ts'
import { placeOf } from '../../compose/source-file.ts'
import type { Report } from './report.ts'

/** SARIF 2.1.0, as GitHub code scanning and others load it. */
export function formatSarif(report: Report): string {
  const { version, findings, rules, notes } = report
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: { name: 'docker vol audit', semanticVersion: version, rules: rules.map(ruleAsSarif) },
        },
        columnKind: 'utf16CodeUnits',
        invocations: [
          {
            executionSuccessful: true,
            toolExecutionNotifications: notes.map((text) => ({ level: 'note', message: { text } })),
          },
        ],
        results: findings.map((finding) => resultOf(finding, report)),
      },
    ],
  }
  return `${JSON.stringify(log, undefined, 2)}\n`
}

function ruleAsSarif({ id, summary, doc, severity, category }: Rule) {
  return {
    id,
    shortDescription: { text: summary },
    fullDescription: { text: plainText(doc) },
    help: { text: plainText(doc), markdown: doc },
    defaultConfiguration: { level: levelOf(severity) },
    properties: { tags: ['data', category] },
  }
}

function resultOf(finding: Finding, report: Report) {
  const { rule, severity, message, cure, place, excerpt, fingerprint, fix } = finding
  return {
    ruleId: rule,
    ruleIndex: report.rules.findIndex(({ id }) => id === rule),
    level: levelOf(severity),
    message: { text: `${message} ${cure}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: uriOf(place.file) },
          region: { ...regionOf(place), snippet: { text: excerpt } },
        },
      },
    ],
    partialFingerprints: { 'dockerVol/v1': fingerprint },
    ...(fix === undefined ? {} : { fixes: [fixAsSarif(fix, report)] }),
  }
}

function fixAsSarif({ title, edits }: Fix, report: Report) {
  const files = Map.groupBy(edits, ({ path }) => path)
  return {
    description: { text: title },
    artifactChanges: [...files].map(([path, inFile]) => ({
      artifactLocation: { uri: uriOf(report.sources.find((source) => source.path === path)?.name ?? path) },
      replacements: inFile.map((edit) => replacementOf(edit, report)),
    })),
  }
}

function replacementOf({ path, start, end, text }: Edit, { sources }: Report) {
  const source = sources.find((each) => each.path === path)
  const region = source === undefined ? {} : regionOf(placeOf({ source, start, end }))
  return { deletedRegion: region, insertedContent: { text } }
}

function regionOf({ line, column, endLine, endColumn }: Place) {
  return { startLine: line, startColumn: column, endLine, endColumn }
}

function levelOf(severity: Severity): 'error' | 'warning' | 'note' {
  return severity === 'info' ? 'note' : severity
}

/** Relative to the checkout where it is; standard input has no file. */
function uriOf(file: string): string {
  if (file === '-') return 'stdin'
  if (file.startsWith('/')) return pathToFileURL(file).href
  return file.split(/[\\/]/).map(encodeURIComponent).join('/')
}

function plainText(markdown: string): string {
  return markdown.replaceAll('`', '').replaceAll(/([^\n])\n(?!\n)/g, '$1 ')
}
