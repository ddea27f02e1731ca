import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { rulePages } from './rule-pages.ts'

const folder = path.resolve(import.meta.dirname, '..', 'docs', 'rules')

test('docs/rules must be what the rules say (node scripts/generate-rule-docs.ts writes it)', () => {
  const pages = rulePages()
  expect(readdirSync(folder).toSorted()).toEqual([...pages.keys()].toSorted())
  for (const [name, text] of pages) expect(readFileSync(path.join(folder, name), 'utf8'), name).toBe(text)
})
