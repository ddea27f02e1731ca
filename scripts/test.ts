/**
 * `npm test`: everything. `npm test -- restore` runs the tests alone whose path contains "restore", and
 * `npm test -- -t 'setuid'` those whose name matches; whatever follows `--` goes to vitest.
 * The last line is the count over all of it: `N passed, M failed`.
 */
import process from 'node:process'
import { program, runStages, scenarios, vitestProject } from './stages.ts'

const filters = process.argv.slice(2)
const build = program('build', 'node', 'scripts/build.ts')
const checks = [
  program('types', 'tsc', '-p', '.'),
  program('lint', 'oxlint', '--type-aware'),
  program('format', 'oxfmt', '--check'),
]

runStages([
  build,
  ...(filters.length === 0 ? checks : []),
  vitestProject('unit tests', 'unit', filters),
  scenarios('contract tests, on a real engine', 'contract', filters),
  scenarios('scenarios, on a real engine', 'e2e', filters),
])
