import { VolError } from '../../errors.ts'
import { withoutMarks } from '../build/attribute-marks.ts'
import type { MigrationFinding } from '../finding.ts'
import type { AskedServer } from './ask.ts'
import { readRehearsal } from './read-rehearsal.ts'
import { findPrograms } from './programs.ts'
import type { ThrowAwayServer } from './throw-away.ts'

/** How the script ends when the dump itself failed. */
const dumpFailed = 3

/**
 * `$1` is the directory of the target's server, where its socket is, too. Passwords stay out of the dump: they are not
 * needed. Tablespaces would want directories. An error does not stop psql, which ends with 0 all the same, so what it
 * says is what counts. What does stop it is a database that could not be made: then it goes on with the next, and lines
 * keep their numbers. Where each object begins is printed with its number, to tell to whom an error belongs.
 */
const script = `${findPrograms}
umask 077
dump=$1/schema.sql said=$1/schema.said marks=$1/schema.marks
trap 'rm -f "$dump" "$said" "$marks" "$1"/schema.rest' EXIT
PGOPTIONS='-c lc_messages=C' pg_dumpall -w --schema-only --no-role-passwords --no-tablespaces \\
  --quote-all-identifiers >"$dump" 2>"$said" || { cat "$said" >&2; exit ${dumpFailed}; }
sed '${withoutMarks}' "$dump" >"$1/schema.rest" && mv "$1/schema.rest" "$dump" || exit
grep -n -e '^-- Name: ' -e '^\\\\connect ' -e '^-- Database "' "$dump" >"$marks"
export PGHOST=$1 PGPORT=5432 PGUSER=$2 PGOPTIONS='-c lc_messages=C'
failed=
until psql -Xqw -d postgres -f "$dump" >/dev/null 2>"$said"; do
  failed=yes
  cat "$said" >&2
  stopped=$(sed -n 's/^psql:[^:]*:\\([0-9]*\\): .*/\\1/p' "$said" | tail -n 1)
  next=$(sed -n 's/^\\([0-9]*\\):-- Database ".*/\\1/p' "$marks" |
    while read -r line; do [ "$line" -gt "\${stopped:-0}" ] && echo "$line" && break; done)
  : >"$said"
  [ -n "$next" ] || break
  sed "1,$((next - 1))s/.*//" "$dump" >"$1/schema.rest" && mv "$1/schema.rest" "$dump" || exit
done
cat "$said" >&2
grep -q ': ERROR: ' "$said" && failed=yes
[ -z "$failed" ] || cat "$marks"`

/**
 * Restores the definitions of everything in the old server, without data, into an empty server of the target, as both
 * methods will do later: pg_upgrade's own check misses much of what fails then. Seconds, whatever the size of the data.
 * The programs of `server` must be those of the target, and reach the target's directory. Fails with NO_SPACE there.
 */
export async function rehearseSchema(
  server: AskedServer,
  target: ThrowAwayServer,
): Promise<readonly MigrationFinding[]> {
  const { exitCode, stdout, stderr } = await server.shell(script, {
    arguments: [target.directory, target.installUser],
  })
  if (/No space left on device/.test(stderr))
    throw new VolError('NO_SPACE', 'There is no room to rehearse the schema.', { output: stderr })
  if (exitCode === dumpFailed)
    return [
      {
        id: 'schema-not-dumped',
        severity: 'blocker',
        message: `The definitions cannot be read from the old server: ${complaintIn(stderr)}`,
      },
    ]
  const findings = readRehearsal(stderr, stdout, server.installUser)
  if (exitCode !== 0)
    throw new VolError('FAILED', 'The rehearsal of the schema ended before it was through.', {
      output: stderr,
    })
  return findings
}

/** The first complaint says most; what follows repeats the command, names and all. */
function complaintIn(said: string): string {
  const [first = ''] = said.trim().split('\n')
  return first.replace(/^pg_dump(?:all)?: (?:error: )?/, '')
}
