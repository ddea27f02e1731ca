import { readdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { auditExample } from './examples.ts'
import { rules } from './rules/index.ts'
import { isOfFiles, type Example, type Rule } from './rule.ts'

describe.each(rules.filter(isOfFiles))('$id', (rule) => {
  test.each(rule.examples.bad)('must speak about what is bad: $compose', async (example) => {
    expect(await found(example, rule)).not.toEqual([])
  })

  test.each(rule.examples.good)('must be silent about what is good: $compose', async (example) => {
    expect(await found(example, rule)).toEqual([])
  })
})

test.each(rules)('$id must say what to do, why, and have an example of each kind', (rule) => {
  expect(rule.summary).toMatch(/^[A-Z].*[^.]$/)
  expect(rule.doc.length).toBeGreaterThan(150)
  expect(rule.examples.bad).not.toEqual([])
  expect(rule.examples.good).not.toEqual([])
})

test('the list of rules must be the folder of rules, in order', () => {
  const files = readdirSync(path.join(import.meta.dirname, 'rules'))
    .filter((file) => file !== 'index.ts')
    .map((file) => path.basename(file, '.ts'))
  expect(rules.map(({ id }) => id)).toEqual(files.toSorted())
})

async function found(example: Example, { id }: Rule): Promise<readonly string[]> {
  const { findings } = await auditExample(example)
  return findings.filter(({ rule }) => rule === id).map(({ message }) => message)
}
