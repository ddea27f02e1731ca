/**
 * Variables as a shell takes them on its standard input, which no list of processes shows. A name that no shell can have
 * as a variable is left out.
 */
export function variablesInShell(variables: ReadonlyMap<string, string>): string {
  return [...variables]
    .filter(([name]) => /^[A-Za-z_]\w*$/.test(name))
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`)
    .join('')
}
