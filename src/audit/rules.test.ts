import { readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadExample } from './examples.ts'
import { rules } from './rules/index.ts'
import { runRules } from './run.ts'

describe.each(rules)('$id', (rule) => {
  test.each(rule.examples.bad)('must speak about what is bad: $compose', async (example) => {
    const { project } = await loadExample(example)
    expect(runRules(project, [rule])).not.toEqual([])
  })

  test.each(rule.examples.good)('must be silent about what is good: $compose', async (example) => {
    const { project } = await loadExample(example)
    expect(runRules(project, [rule]).map(({ message }) => message)).toEqual([])
  })

  test('must say what to do, why, and have an example of each kind', () => {
    expect(rule.summary).toMatch(/^[A-Z].*[^.]$/)
    expect(rule.doc.length).toBeGreaterThan(150)
    expect(rule.examples.bad).not.toEqual([])
    expect(rule.examples.good).not.toEqual([])
  })
})

test('the list of rules must be the folder of rules, in order', () => {
  const files = readdirSync(path.join(import.meta.dirname, 'rules'))
    .filter((file) => file !== 'index.ts')
    .map((file) => path.basename(file, '.ts'))
  expect(rules.map(({ id }) => id)).toEqual(files.toSorted())
})
