import { errorKinds } from '../src/errors.ts'

/** What an exit code stands for, whatever the error's own code; 0 is no error. */
const meanings: Readonly<Record<number, string>> = {
  0: 'Done.',
  1: 'Failed.',
  2: 'Usage: the command line could not be understood.',
  3: 'Found something: damage (`verify`), findings (`audit`), or something wrong with the set-up (`doctor`).',
  4: 'No such volume, snapshot, path or image.',
  5: 'Refused: it is in use, it would overwrite something, or somebody had to be asked.',
  6: 'Docker or its daemon is not there, or too old.',
  7: 'No space.',
  8: 'The data changed while it was read.',
  130: 'Interrupted.',
}

/** docs/errors.md, from the one table of errors in the code. */
export function errorsPage(): string {
  const kinds = Object.entries(errorKinds)
  const exits = [...new Set([0, ...kinds.map(([, { exit }]) => exit)])].sort((a, b) => a - b)
  const exitRows = exits.map((exit) => {
    const meaning = meanings[exit]
    if (meaning === undefined)
      throw new Error(`The exit code ${exit} has no meaning in ${import.meta.filename}.`)
    return `| ${exit} | ${meaning} |`
  })
  const rows = kinds
    .toSorted(([, one], [, other]) => one.exit - other.exit)
    .map(([code, { exit, meaning, hint }]) => `| ${exit} | ${meaning} | ${hint} | \`${code}\` |`)
  return `# Errors and exit codes

<!-- Generated from src/errors.ts by scripts/generate-docs.ts. Do not edit. -->

An error goes to standard error: what failed and why, docker's own words if it had any, then what to do next. Only
results go to standard output. Exit codes never change their meaning.

## Exit codes

| exit | means |
|---:|---|
${exitRows.join('\n')}

## Errors

An error of a command often has better advice than the general line here. The last column is its name in the code,
which is not printed.

| exit | means | what to do | name |
|---:|---|---|---|
${rows.join('\n')}
`
}
