import { VolError } from '../../errors.ts'
import { fieldsOf, integer, list, text } from '../../snapshots/read.ts'
import type { PostgresServer } from '../server.ts'
import { buildFailure } from './failure.ts'
import { stopNewServer } from './new-server.ts'
import { settings } from './overrides.ts'
import type { Places } from './places.ts'
import {
  commentOut,
  linesThatSet,
  movePaths,
  objectionsIn,
  withoutLibrary,
  type Objection,
} from './settings-text.ts'
import { fromBytes, type Side } from './side.ts'

/*
 * Every file of the old data directory (\`$1\`) that is not the server's comes along (\`$2\`): included settings, keys, logs.
 * Links cost nothing, and the old directory goes. Settings of the old cluster as they were are in \`$3\`. What the old
 * server wrote into tablespaces below its data directory (\`$4\`, …) is none of it.
 */
const copyScript = `
old=$1 new=$2 kept=$3; shift 3
cd "$old" || exit
for entry in * .[!.]*; do
  [ -e "$entry" ] || [ -L "$entry" ] || continue
  case $entry in
  postmaster.*|backup_label*|tablespace_map*|backup_manifest|*.signal|recovery.conf|recovery.done|PG_VERSION) continue ;;
  pg_xlog|pg_clog|pg_upgrade_output.d|current_logfiles*|postgresql.conf|postgresql.auto.conf|lost+found) continue ;;
  pg_hba.conf|pg_ident.conf) cp -p "$entry" "$new/$entry" || exit ;;
  *) [ -e "$new/$entry" ] || cp -al "$entry" "$new/$entry" || exit ;;
  esac
done
for file in postgresql.conf postgresql.auto.conf; do
  [ ! -f "$kept/$file" ] || cp -p "$kept/$file" "$new/$file" || exit
done
cd "$new" || exit
for place; do rm -rf "$place"/PG_*; done
for file in postgresql.auto.conf postgresql.conf; do [ ! -e "$file" ] || cat "$file"; printf '\\0'; done
`

/** Settings of a cluster in its new place. */
export type CarriedSettings = {
  /** What had to be changed, a sentence each. */
  readonly notes: readonly string[]
  /** Those of these settings that the new server takes; the others are noted. */
  accepted(given: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>>>
  /** Puts ours after them, so that a server can be started while the cluster is built. */
  isolate(overrides: readonly string[]): Promise<void>
  /** Whether libraries are loaded with the server, which may not be in its image. */
  loadsLibraries(): boolean
  /** Starts the server with them; libraries that the image lacks are not loaded. */
  start(): Promise<void>
  stop(): Promise<void>
  /** Holds the rules for logins against the new server. */
  checkLogins(server: PostgresServer): Promise<void>
  /** Takes ours out again. The new server must then still accept what is there. */
  restore(): Promise<void>
}

const auto = 'postgresql.auto.conf'
const main = 'postgresql.conf'

/**
 * Brings the settings and the user's files over to the new data directory. The new server says itself what it does not
 * take: such lines stay as comments with the reason.
 */
export async function carrySettings(
  client: Side,
  places: Places,
  about: {
    /** Tablespaces below the data directory, relative to it. */
    readonly insideTablespaces: readonly string[]
    /** Where the data directory was for the old server, and is to be for the new one. */
    readonly from: string | undefined
    readonly to: string
  },
): Promise<CarriedSettings> {
  const kept = `${places.oldWork}/settings`
  const onBytes = async (what: string, ...script: Parameters<Side['run']>) => {
    const { exitCode, stdout, stderr } = await client.runOnBytes(...script)
    if (exitCode !== 0) throw buildFailure(what, fromBytes(stderr))
    return stdout
  }
  const copied = await onBytes('carry the settings over', copyScript, [
    places.old,
    places.new,
    kept,
    ...about.insideTablespaces,
  ])
  const notes: string[] = []
  const file = (name: string) => (name.startsWith('/') ? name : `${places.new}/${name}`)
  const known = new Map([auto, main].map((name, index) => [name, copied.split('\0')[index] ?? '']))
  const read = async (path: string) => {
    const name = shownName(path, places)
    const content = known.get(name) ?? (await onBytes(`read ${name}`, 'cat "$1"', [file(name)]))
    known.set(name, content)
    return content
  }
  const write = async (path: string, content: string) => {
    const name = shownName(path, places)
    known.set(name, content)
    await onBytes(`write ${name}`, writeFile, [file(name)], content)
  }

  async function leaveOut(name: string, reasons: ReadonlyMap<number, string>): Promise<void> {
    const before = await read(name)
    await write(name, commentOut(before, reasons))
    const lines = before.split('\n')
    for (const [line, reason] of reasons)
      notes.push(
        `${shownName(name, places)} line ${line} is left out (${reason}): ${fromBytes(lines[line - 1] ?? '').trim()}`,
      )
  }

  /** Comments out what an objection is about. False when that cannot be found. */
  async function settle(objection: Objection): Promise<boolean> {
    if (objection.file !== undefined && objection.line !== undefined) {
      await leaveOut(objection.file, new Map([[objection.line, objection.about]]))
      return true
    }
    let found = false
    for (const name of await settingsFiles(client, places)) {
      const content = await read(name)
      const lines = objection.name?.startsWith('/')
        ? content
            .split('\n')
            .flatMap((line, index) =>
              /^\s*include/.test(line) && line.includes(objection.name ?? '') ? [index + 1] : [],
            )
        : linesThatSet(content, objection.name ?? '')
      if (lines.length > 0) await leaveOut(name, new Map(lines.map((line) => [line, objection.about])))
      found ||= lines.length > 0
    }
    return found
  }

  /** Until the new server takes all of it. Returns the libraries that it loads. */
  async function validate(): Promise<string> {
    for (let tries = 0; ; tries += 1) {
      const { exitCode, stdout, stderr } = await client.run('postgres -C shared_preload_libraries -D "$1"', [
        places.new,
      ])
      if (exitCode === 0) return stdout.trim()
      let settled = 0
      const seen = new Set<string>()
      // From the last line to the first: a line that is commented out gets a line above it.
      const objections = [...objectionsIn(stderr)].sort((one, other) => (other.line ?? 0) - (one.line ?? 0))
      for (const objection of objections) {
        const key = `${objection.file} ${objection.line} ${objection.name}`
        if (seen.has(key)) continue
        seen.add(key)
        if (await settle(objection)) settled += 1
      }
      if (settled === 0 || tries > 100) throw buildFailure('carry the settings over', stderr)
    }
  }

  // Where the data is, the image says.
  for (const name of [auto, main]) {
    const lines = linesThatSet(await read(name), 'data_directory')
    if (lines.length > 0)
      await leaveOut(name, new Map(lines.map((line) => [line, 'the image says where the data is'])))
  }
  const { from, to } = about
  for (const name of from === undefined ? [] : [auto, main]) {
    const moved = movePaths(await read(name), from ?? '', to)
    if (moved.changed.length > 0) await write(name, moved.text)
    for (const line of moved.changed) notes.push(`${name} names the new place: ${fromBytes(line)}`)
  }
  let libraries = await validate()
  let carried = await read(auto)
  let ours: readonly string[] = []
  const isolate = async (overrides: readonly string[]) => {
    ours = overrides
    await write(auto, `${carried.trimEnd()}\n${overrides.join('\n')}\n`)
  }
  return {
    notes,
    isolate,
    loadsLibraries: () => libraries !== '',
    async accepted(given) {
      const taken: Record<string, string> = {}
      for (const [name, value] of Object.entries(given)) {
        const trial = 'postgres -c "$2=$3" -C "$2" -D "$1" >/dev/null'
        const { exitCode } = await client.run(trial, [places.new, name, value])
        if (exitCode !== 0) {
          notes.push(`the new server does not take ${name}=${value}, which the old one was started with`)
          continue
        }
        taken[name] = value
        if (name === 'shared_preload_libraries') libraries = value
      }
      return taken
    },
    async start() {
      for (;;) {
        const { exitCode, stderr } = await client.run(startScript, [places.new, places.newWork])
        if (exitCode === 0) return
        const library = /could not (?:access|load) (?:file|library) "(?:[^"]*\/)?([^"/]+?)(?:\.so)?":/.exec(
          stderr,
        )?.[1]
        const left = library === undefined ? undefined : withoutLibrary(libraries, library)
        if (left === undefined) throw buildFailure('start the new server', stderr)
        notes.push(`shared_preload_libraries is now '${left}': the new image has no library ${library}`)
        libraries = left
        carried = `${carried.trimEnd()}\n${settings({ shared_preload_libraries: left }).join('\n')}\n`
        await isolate(ours)
      }
    },
    stop: () => stopNewServer(client, places),
    async checkLogins(server) {
      for (const { name, inUse, before, view } of loginFiles) {
        // Nobody can ask for the maps of names before 15.
        if (view === 'pg_ident_file_mappings' && server.major < 15) continue
        const { exitCode, stdout, stderr } = await server.shell(checkLoginsScript, {
          arguments: [`${places.newWork}/${inUse}`, file(name), before],
          input: badLines(view),
        })
        if (exitCode !== 0) throw buildFailure(`check ${name}`, stderr)
        const bad = list(JSON.parse(stdout), 'rules', (each) => {
          const row = fieldsOf(each, 'rule')
          const line = integer(row['line'], 'line') - before.split('\n').length + 1
          return [line, text(row['error'], 'error')] as const
        })
        if (bad.length > 0) await leaveOut(name, new Map(bad))
      }
    },
    async restore() {
      const { exitCode, stderr } = await client.runOnBytes(
        `(${writeFile}) && postgres -C data_directory -D "$2" >/dev/null`,
        [file(auto), places.new],
        carried,
      )
      if (exitCode !== 0)
        throw new VolError('FAILED', 'The new server does not accept the settings that were carried over.', {
          output: fromBytes(stderr),
        })
    },
  }
}

/** How we log in ourselves. */
const trusted = 'local all all trust\nlocal replication all trust\n'

/** The rules for logins and the maps of names: what the server that is being built goes by, with what lines before. */
const loginFiles = [
  { name: 'pg_hba.conf', inUse: 'hba.conf', before: trusted, view: 'pg_hba_file_rules' },
  { name: 'pg_ident.conf', inUse: 'ident.conf', before: '', view: 'pg_ident_file_mappings' },
] as const

// A new file: the old one may have another name in the copy.
const writeFile = `
cat >"$1.docker-vol" && { [ ! -e "$1" ] || chmod --reference="$1" "$1.docker-vol" 2>/dev/null || :; } &&
  mv "$1.docker-vol" "$1"
`

// The view reads the file anew each time; no server has to take it on (hba.c).
const checkLoginsScript = `
{ printf %s "$3"; cat "$2"; } >"$1"
psql -XAtqw -d template1 -v ON_ERROR_STOP=1 -f -
code=$?
printf %s "$3" >"$1"
exit "$code"
`
const badLines = (view: (typeof loginFiles)[number]['view']) => `
SELECT coalesce(json_agg(json_build_object('line', line_number, 'error', error)), '[]')
  FROM ${view} WHERE error IS NOT NULL
`

const startScript = `
data=$1 work=$2
: >"$work/log"
pg_ctl -D "$data" -l "$work/log" -s -w start >"$work/start" 2>&1 || { cat "$work/start"; tail -n 40 "$work/log"; exit 1; } >&2
`

/** Files that may set something. */
async function settingsFiles(client: Side, places: Places): Promise<readonly string[]> {
  const script = `cd "$1" && find . -maxdepth 3 -type f -name '*.conf' ! -name pg_hba.conf ! -name pg_ident.conf ! -path './base/*'`
  const found = await client.must('find the settings', script, [places.new])
  return found.split('\n').flatMap((line) => (line === '' ? [] : [line.replace(/^\.\//, '')]))
}

/** Relative to the data directory. */
function shownName(name: string, places: Places): string {
  return name.startsWith(`${places.new}/`) ? name.slice(places.new.length + 1) : name
}
