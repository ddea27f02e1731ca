import type { Finding } from '../finding.ts'
import { describeSubject } from '../run.ts'
import type { Report } from './report.ts'

/**
 * JUnit XML: a suite for each file, a test for each finding. Errors and warnings are failures, notes pass and say
 * what they have to say; a file without findings has one test that passes.
 */
export function formatJunit({ sources, findings }: Report): string {
  const byFile = Map.groupBy(findings, ({ place }) => place.file)
  const names = [...new Set([...sources.map(({ name }) => name), ...byFile.keys()])]
  const suites = names.map((name) => suite(name, byFile.get(name) ?? []))
  const failures = findings.filter(fails).length
  const tests = names.reduce((sum, name) => sum + Math.max(1, byFile.get(name)?.length ?? 0), 0)
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="docker vol audit" tests="${tests}" failures="${failures}">`,
    ...suites,
    '</testsuites>',
    '',
  ].join('\n')
}

function suite(name: string, findings: readonly Finding[]): string {
  const cases =
    findings.length === 0
      ? [`    <testcase name="no findings" classname="${escape(name)}"/>`]
      : findings.map((finding) => testCase(name, finding))
  const failures = findings.filter(fails).length
  return [
    `  <testsuite name="${escape(name)}" tests="${cases.length}" failures="${failures}">`,
    ...cases,
    '  </testsuite>',
  ].join('\n')
}

function testCase(file: string, finding: Finding): string {
  const { rule, severity, message, cure, place, subject } = finding
  const about = describeSubject(subject)
  const name = about === '' ? rule : `${rule} (${about})`
  const text = escape(`${place.file}:${place.line}:${place.column}: ${message}\n${cure}`)
  const inner = fails(finding)
    ? `<failure type="${severity}" message="${escape(message)}">${text}</failure>`
    : `<system-out>${text}</system-out>`
  return `    <testcase name="${escape(name)}" classname="${escape(file)}">${inner}</testcase>`
}

function fails({ severity }: Finding): boolean {
  return severity !== 'info'
}

/** Characters that XML 1.0 has no way to write are shown as a question mark. */
function escape(text: string): string {
  return (
    text
      // oxlint-disable-next-line no-control-regex
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, '?')
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll('\n', '&#10;')
  )
}
