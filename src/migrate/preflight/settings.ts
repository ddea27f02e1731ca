import type { Row } from './check.ts'

/** A setting and its value. The value may be a secret (primary_conninfo): it stays out of findings and arguments. */
export type Setting = { readonly name: string; readonly value: string }

/**
 * The settings in a server's arguments, as postmaster.opts keeps them: `-c name=value`, `--name=value`, and the
 * options that are short for a setting.
 */
export function settingsOfArguments(serverArguments: readonly string[]): readonly Setting[] {
  const settings: Setting[] = []
  for (let at = 0; at < serverArguments.length; at += 1) {
    const word = serverArguments[at] ?? ''
    const [, long] = /^--([^=]+=[^]*)$/.exec(word) ?? []
    const [, short, rest] = /^-([a-zA-Z])([^]*)$/.exec(word) ?? []
    if (long !== undefined) settings.push(...settingIn(long))
    else if (short !== undefined && withValue.has(short)) {
      const value = rest === undefined || rest === '' ? (serverArguments[(at += 1)] ?? '') : rest
      const name = withValue.get(short)
      settings.push(...(name === undefined ? settingIn(value) : name === '' ? [] : [{ name, value }]))
    }
  }
  return settings
}

/** Options of `postgres` that take a value: the setting that each stands for. `-c` names it itself; some have none. */
const withValue: ReadonlyMap<string, string | undefined> = new Map([
  ['c', undefined],
  ['B', 'shared_buffers'],
  ['h', 'listen_addresses'],
  ['k', 'unix_socket_directories'],
  ['N', 'max_connections'],
  ['p', 'port'],
  ['S', 'work_mem'],
  ['d', ''],
  ['D', ''],
  ['f', ''],
  ['t', ''],
  ['W', ''],
])

function settingIn(text: string): readonly Setting[] {
  const at = text.indexOf('=')
  // The command line takes dashes for underscores (guc.c, ParseLongOption).
  return at < 1 ? [] : [{ name: text.slice(0, at).replaceAll('-', '_'), value: text.slice(at + 1) }]
}

/** The settings of the configuration files, the last of each name, as the old server reads them. */
export function settingsOfFiles(rows: readonly Row[]): readonly Setting[] {
  const last = new Map(rows.map(({ name = '', setting = '' }) => [name, setting]))
  return [...last].map(([name, value]) => ({ name, value }))
}

/** What holds when the server starts: the files, and over them the command line. Names are in lower case. */
export function settingsInForce({
  rows,
  cluster,
}: {
  readonly rows: (query: string) => readonly Row[]
  readonly cluster: { readonly serverArguments: readonly string[] }
}): ReadonlyMap<string, string> {
  const all = [...settingsOfFiles(rows('file-settings')), ...settingsOfArguments(cluster.serverArguments)]
  return new Map(all.map(({ name, value }) => [name.toLowerCase(), value]))
}

/** A line of a configuration file. */
export function settingLine({ name, value }: Setting): string {
  // Only a quote and a backslash mean anything within quotes (guc-file.l); a line break would end the value.
  return `${name} = '${value
    .replaceAll('\\', String.raw`\\`)
    .replaceAll("'", "''")
    .replaceAll('\n', String.raw`\n`)}'`
}
