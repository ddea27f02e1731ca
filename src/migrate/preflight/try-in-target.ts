import type { Tried } from './target-facts.ts'
import { settingLine, type Setting } from './settings.ts'
import type { ThrowAwayServer } from './throw-away.ts'

/**
 * Each library in a session of its own: one may end it. Those that must be there from the start say so, and are there.
 */
const librariesScript = `
for library; do
  said=$(printf '%s\\n' "load :'library';" |
    PGOPTIONS='-c lc_messages=C' psql -XAtqw -d postgres -v ON_ERROR_STOP=1 -v library="$library" -f - 2>&1) && continue
  printf '%s\\t%s\\n' "$library" "$(printf %s "$said" | tr '\\n\\t' '  ')"
done`

const localesScript = `
for locale; do
  printf '%s\\n' "create collation pg_temp.tried (locale = :'locale');" |
    psql -XAtqw -d postgres -v ON_ERROR_STOP=1 -v locale="$locale" -f - >/dev/null 2>&1 || printf '%s\\n' "$locale"
done`

/** The server reads the settings as it would at its start, says everything that it does not take, and ends. */
const settingsScript = `
file=$1/tried.conf
cat >"$file"
LC_ALL=C postgres -D "$1/data" -c config_file="$file" -c data_directory="$1/data" -C port 2>&1 >/dev/null
rm -f "$file"`

/** What of the old server is to be tried in the target. */
export type ToTry = {
  /** As functions and settings name them: `$libdir/hstore`. */
  readonly libraries: readonly string[]
  readonly settings: readonly Setting[]
  /** Names of libc's locales. */
  readonly locales: readonly string[]
}

/** Loads libraries, reads settings and makes collations in a throw-away server of the target image. */
export async function tryInTarget(server: ThrowAwayServer, toTry: ToTry): Promise<Tried> {
  const libraries =
    toTry.libraries.length === 0
      ? ''
      : (await server.shell(librariesScript, { arguments: toTry.libraries })).stdout
  const locales =
    toTry.locales.length === 0 ? '' : (await server.shell(localesScript, { arguments: toTry.locales })).stdout
  const said = (
    await server.shell(settingsScript, {
      arguments: [server.directory],
      // Values may be secret, so they are not arguments.
      input: toTry.settings.map((setting) => `${settingLine(setting)}\n`).join(''),
    })
  ).stdout
  return { libraries: readLibraries(libraries), locales: linesOf(locales), settings: readRefused(said) }
}

/** Libraries that could not be loaded, and why. */
export function readLibraries(output: string): ReadonlyMap<string, string> {
  const failed = new Map<string, string>()
  for (const line of linesOf(output)) {
    const [library = '', said = ''] = line.split('\t')
    if (!/shared_preload_libraries/.test(said))
      failed.set(library, said.replace(/^.*?(?:ERROR|FATAL): +/, '').trim())
  }
  return failed
}

/** Names of settings whose values a server complained about; the values stay out of it. */
export function readRefused(output: string): ReadonlySet<string> {
  const complaint =
    /(?:invalid value for parameter|parameter|configuration parameter) "([^"]+)"|^.*?"?([a-z_.]+)"? (?:must|cannot) be/
  const names = output.split('\n').flatMap((line) => {
    if (!/\b(?:LOG|ERROR|FATAL): /.test(line)) return []
    const [, quoted, plain] = complaint.exec(line) ?? []
    const name = quoted ?? plain
    return name === undefined ? [] : [name]
  })
  return new Set(names)
}

function linesOf(output: string): ReadonlySet<string> {
  return new Set(output.split('\n').filter((line) => line !== ''))
}
