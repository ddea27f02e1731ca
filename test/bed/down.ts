import { parseArgs } from 'node:util'

import { bedDown } from './bed.ts'

try {
  const { values } = parseArgs({ options: { purge: { type: 'boolean', default: false } } })
  await bedDown(values)
} catch (error) {
  console.error(`bed: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
