import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { legitimateDifferences } from './legitimate.ts'

const page = path.resolve(import.meta.dirname, '../../../docs/migration-proof.md')

test('the page for people must have every reason, in order, as it is told', () => {
  const listed = [...readFileSync(page, 'utf8').matchAll(/^\| `([a-z-]+)` \| (.*) \|$/gm)].map(
    ([, id = '', reason = '']) => ({ id, reason }),
  )
  expect(listed).toEqual(legitimateDifferences.map(({ id, reason }) => ({ id, reason })))
})
