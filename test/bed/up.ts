import { dirname, join } from 'node:path'

import { bedUp } from './bed.ts'

// Progress goes to stderr; stdout is for the shell: eval "$(npm run --silent bed:up)"
try {
  const bed = await bedUp()
  for (const [name, value] of Object.entries(bed.environment)) {
    if (name !== 'PATH') console.log(`export ${name}=${quoted(value)}`)
  }
  const folders = bed.own
    ? [dirname(bed.docker), join(dirname(bed.docker), '../sbin')]
    : [dirname(bed.docker)]
  console.log(`export PATH=${quoted(folders.join(':'))}:"$PATH"`)
} catch (error) {
  console.error(`bed: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}

function quoted(value: string): string {
  return `'${value.replaceAll("'", `'\\''`)}'`
}
