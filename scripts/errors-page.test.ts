import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { errorKinds } from '../src/errors.ts'
import { errorsPage } from './errors-page.ts'

const page = path.resolve(import.meta.dirname, '..', 'docs', 'errors.md')

test('docs/errors.md must be what src/errors.ts says (npm run docs writes it)', () => {
  expect(readFileSync(page, 'utf8')).toBe(errorsPage())
})

test('every error and every exit code must be on the page', () => {
  for (const [code, { exit, meaning, hint }] of Object.entries(errorKinds))
    expect(errorsPage()).toContain(`\n| ${exit} | ${meaning} | ${hint} | \`${code}\` |\n`)
})
