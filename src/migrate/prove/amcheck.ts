import { checkExit } from '../../databases/checks/check.ts'
import { VolError } from '../../errors.ts'
import type { ProgressTaskPort } from '../../plan/world.ts'
import { everyWhile } from '../../volumes/watch-growth.ts'
import type { PostgresServer } from '../server.ts'

/** What came of looking through the pages of a cluster. */
export type AmcheckVerdict =
  /** `about` says what was checked. */
  | { readonly did: 'good'; readonly about: string }
  /** `said` is what was found, a line each. */
  | { readonly did: 'damaged'; readonly about: string; readonly said: string }
  /** `about` says why not. */
  | { readonly did: 'nothing'; readonly about: string }

/*
 * pg_amcheck (14 and later) wants the extension in every database; where it was not before it does not stay. Before
 * 14 the extension has no check of tables, and its check of B-trees is called by itself, in 10 without the tables' rows.
 * Databases that let nobody in are not checked. pg_available_extensions reads what every extension says, and fails when one
 * says what the server does not know: whether there is an amcheck is tried. As on a replica, no event trigger of the
 * user's fires. `$1` is the server's major version, `$2` how
 * many sessions work side by side, `$3` is a file for how far it is, if somebody looks at that.
 */
const script = `
export PGCLIENTENCODING=UTF8 PGOPTIONS='-c statement_timeout=0 -c lock_timeout=0 -c lc_messages=C -c client_min_messages=warning -c session_replication_role=replica'
said=$(mktemp) && databases=$(mktemp) || exit
progress=$3
[ -n "$progress" ] || progress=$said.progress
trap 'rm -f "$said" "$databases" "$progress"' EXIT
ask() { PGDATABASE=$1 psql -X -A -t -q -w -v ON_ERROR_STOP=1 -f - 2>"$said"; }
failed() { cat "$said" >&2; exit 1; }
damaged() { cat "$said" >&2; exit ${checkExit.damaged}; }
echo 'begin; create extension if not exists amcheck; rollback' | ask template1 || {
  grep -Eq 'could not open extension control file|is not available' "$said" || failed
  echo 'the image of the server has no amcheck'
  exit ${checkExit.noTools}
}
echo "select datname from pg_database where datallowconn and datconnlimit <> -2" | ask template1 >"$databases" || failed
while IFS= read -r database; do
  there=$(echo "select count(*) from pg_extension where extname = 'amcheck'" | ask "$database") || failed
  [ "$there" != 0 ] || printf '%s\\n' "$database"
done <"$databases" >"$databases.missing"
forget() {
  while IFS= read -r database; do echo 'drop extension if exists amcheck' | ask "$database" || failed; done <"$databases.missing"
  rm -f "$databases.missing"
}
if [ "$1" -ge 14 ]; then
  command -v pg_amcheck >/dev/null || { echo 'the image has no pg_amcheck'; exit ${checkExit.noTools}; }
  unique=
  [ "$1" -lt 17 ] || unique=--checkunique
  pg_amcheck --no-password --all --install-missing --heapallindexed --parent-check $unique --jobs="$2" --progress >"$said" 2>"$progress"
  code=$?
  grep -Ev '^ *[0-9]+/[0-9]+ relations \\(' "$progress" >>"$said"
  case $code in 0) ;; 2) damaged ;; *) failed ;; esac
  forget
  echo 'pg_amcheck of all tables and B-trees'
else
  with_rows=', true'
  [ "$1" -ge 11 ] || with_rows=
  while IFS= read -r database; do
    ask "$database" >/dev/null <<SQL || {
create extension if not exists amcheck;
select bt_index_parent_check(c.oid$with_rows) from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am a on a.oid = c.relam
  where a.amname = 'btree' and c.relpersistence <> 't' and i.indisready and i.indisvalid;
SQL
      if grep -Eq 'index|tuple|page|relation' "$said"; then damaged; else failed; fi
    }
  done <"$databases"
  forget
  echo 'amcheck of all B-trees'
fi`

/**
 * Looks through every table and B-tree of all databases, each B-tree against its table. Writes into the cluster: it is
 * for copies. Fails with FAILED when the check itself cannot run.
 */
export async function checkWithAmcheck(
  server: PostgresServer,
  { jobs = 1, task }: { readonly jobs?: number; readonly task?: ProgressTaskPort } = {},
): Promise<AmcheckVerdict> {
  const words = [String(server.major), String(Math.max(1, jobs)), task === undefined ? '' : progressFile]
  const stop = task === undefined ? () => {} : watchPages(server, task)
  const { exitCode, stdout, stderr } = await server.shell(script, { arguments: words }).finally(stop)
  const about = stdout.trim()
  switch (exitCode) {
    case checkExit.good:
      return { did: 'good', about }
    case checkExit.damaged:
      return { did: 'damaged', about: `amcheck found damage: ${firstOf(stderr)}`, said: stderr.trim() }
    case checkExit.noTools:
      return { did: 'nothing', about }
    default:
      throw new VolError('FAILED', `amcheck cannot be run in the Postgres ${server.major} server.`, {
        output: stderr.trim(),
      })
  }
}

/** In the working directory of the server's shell. */
const progressFile = 'amcheck-progress'

const pageSize = 8192

/** Tells every few seconds how many pages were looked through. */
function watchPages(server: PostgresServer, task: ProgressTaskPort): () => void {
  let over = false
  const stop = everyWhile(async () => {
    const { stdout } = await server.shell(`tail -n 1 ${progressFile}`)
    const pages = /(\d+)\/(\d+) pages/.exec(stdout)
    if (!over && pages !== null)
      task.update({ done: Number(pages[1]) * pageSize, total: Number(pages[2]) * pageSize })
  })
  return () => {
    over = true
    stop()
  }
}

function firstOf(said: string): string {
  return (said.split('\n').find((line) => line.trim() !== '') ?? '').trim().slice(0, 300)
}
