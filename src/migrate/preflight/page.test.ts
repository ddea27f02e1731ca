import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { checks } from './checks/index.ts'
import { findingsPage } from './page.ts'

const page = path.resolve(import.meta.dirname, '..', '..', '..', 'docs', 'migration-findings.md')

test('docs/migration-findings.md must be what the checks say (npm run docs writes it)', () => {
  expect(readFileSync(page, 'utf8')).toBe(findingsPage(checks))
})

test('every check must have an id of its own, which scripts can rely on', () => {
  const ids = checks.map(({ id }) => id)
  expect(ids.toSorted()).toEqual([...new Set(ids)].toSorted())
  for (const id of ids) expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/)
})

test('only blockers stand in the way of a method', () => {
  for (const { id, severity, blocks } of checks)
    expect([id, severity === 'blocker' || blocks === undefined]).toEqual([id, true])
})
