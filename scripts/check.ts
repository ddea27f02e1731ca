/** `npm run check`: what needs no engine and takes seconds. What follows `--` goes to vitest, as with `npm test`. */
import process from 'node:process'
import { program, runStages, vitestProject } from './stages.ts'

runStages([
  program('types', 'tsc', '-p', '.'),
  program('lint', 'oxlint', '--type-aware'),
  program('format', 'oxfmt', '--check'),
  vitestProject('unit tests', 'unit', process.argv.slice(2)),
])
