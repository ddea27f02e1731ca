/** SARIF, held against its schema of OASIS. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Validator, type Schema } from '@cfworker/json-schema'
import { describe, expect, test } from 'vitest'
import { formatReport } from '../../src/audit/formats/index.ts'
import { linkLive } from '../../src/audit/live/link.ts'
import { nothingSeen } from '../../src/audit/live/seen.ts'
import { auditProject } from '../../src/audit/audit.ts'
import { isLive } from '../../src/audit/rule.ts'
import { rules } from '../../src/audit/rules/index.ts'
import { noLimits } from '../../src/audit/settings/limits.ts'
import { defaultSettings } from '../../src/audit/settings/settings.ts'
import type { Report } from '../../src/audit/formats/report.ts'
import { safeText } from '../../src/cli/safe-text.ts'
import { wrap } from '../../src/cli/text.ts'
import { auditFolder, projectNames, projectsFolder } from './projects.ts'

const file = createRequire(import.meta.url).resolve(
  '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json',
)
const schema: Schema = JSON.parse(readFileSync(file, 'utf8'))
const validator = new Validator(schema, '4', false)

function sarifOf(report: Report): unknown {
  return JSON.parse(formatReport('sarif', report, { width: 80, color: false, wrap, safe: safeText }))
}

/** What the schema does not allow, where. */
function wrongWith(log: unknown): readonly string[] {
  return validator.validate(log).errors.map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`)
}

const common = { version: '1.2.3', accepted: 0, rules, live: false }

test.each(projectNames)('%s must come out as the schema has it', async (name) => {
  const { project, findings, notes, resolvedBy } = await auditFolder(`${projectsFolder}/${name}`)
  const report = { ...common, project: project.name, sources: project.sources, findings, notes, resolvedBy }
  expect(wrongWith(sarifOf(report))).toEqual([])
})

describe('findings on an engine, of which no file is,', () => {
  test.each(rules.filter(isLive))('$id must come out as the schema has it', async ({ examples }) => {
    for (const { seen } of examples.bad) {
      const live = await linkLive({ ...nothingSeen, ...seen }, undefined, noLimits)
      const findings = auditProject(live.written, defaultSettings('/'), rules, live)
      const { sources } = live.written
      const report = {
        ...common,
        project: undefined,
        sources,
        findings,
        notes: ['a note'],
        resolvedBy: 'docker vol' as const,
      }
      expect(wrongWith(sarifOf(report))).toEqual([])
    }
  })
})

test('the schema must be able to find something wrong', () => {
  const report = {
    ...common,
    project: 'shop',
    sources: [],
    findings: [],
    notes: [],
    resolvedBy: 'compose' as const,
  }
  const log = sarifOf(report)
  expect(wrongWith(log)).toEqual([])
  expect(wrongWith({ ...Object(log), version: '2.0.0' })).not.toEqual([])
  expect(wrongWith({ ...Object(log), surplus: true })).not.toEqual([])
  expect(wrongWith({ ...Object(log), runs: [{}] })).not.toEqual([])
})
