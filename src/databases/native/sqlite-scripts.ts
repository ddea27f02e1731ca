/** Finds out, inside a container, how `sqlite3` is run there: without settings of anybody's, and without a way to write. */
const reader = `sqlite3 -readonly -batch -bail -init /dev/null -cmd '.timeout 10000'`

/**
 * Finds out, inside a container, whether the database in the file `$1` can be copied by `sqlite3` there, and where the
 * copy can lie meanwhile. Prints `name=value` lines. Changes nothing: it opens the database read-only, and only one that
 * is open already, or it would be the one who makes the files beside it.
 */
export const probeScript = `
exec </dev/null
problem() { printf 'problem=%.300s\\n' "$(printf %s "$1" | tr '\\n' ' ')"; exit 0; }
command -v sqlite3 >/dev/null || problem 'has no sqlite3'
command -v tar >/dev/null || problem 'has no tar'
[ -f "$1" ] && [ -f "$1-wal" ] && [ -f "$1-shm" ] || problem 'has nobody who has its database open now'
[ "$(id -u)" = 0 ] || [ "$(stat -c %u "$1")" = "$(id -u)" ] || problem 'runs as another user than the database belongs to'
ask() { ${reader} "$@"; }
said=$(ask "$1" 'pragma journal_mode; pragma page_count; pragma page_size' 2>&1) || problem "cannot read it: $said"
set -- "$1" $said
[ "$2" = wal ] || problem 'has it open without a write-ahead log'
# It is compiled and not run: a function or an order of texts that only the program itself brings would be missed later.
said=$(ask "$1" 'begin; select count(*) from sqlite_master;' 'explain pragma integrity_check' 2>&1 >/dev/null) ||
  problem "has a sqlite3 that cannot check it: $said"
bytes=$(($3 * $4))
echo "bytes=$bytes"
for place in /var/tmp /tmp; do
  [ -d "$place" ] && [ -w "$place" ] || continue
  case $(stat -f -c %T "$place") in tmpfs | ramfs) continue ;; esac
  [ "$(stat -c %d "$place")" != "$(stat -c %d "$1")" ] || continue
  free=$(df -Pk "$place" | tail -n 1 | { read -r _ _ _ free _; echo "$free"; })
  [ "$((free / 2))" -gt "$((bytes / 1024))" ] || continue
  echo "place=$place"
  break
done
`

/** What the script says last on standard error, with the number of the step that failed, or 0. */
export const endMark = 'docker-vol: sqlite3 ended with '

/**
 * Copies the database in the file `$1` by SQLite's backup API into a folder of its own in `$2`, has the copy checked,
 * and prints a tar of it, a single file of the name `$3`. One read transaction goes around the copy: without it the
 * backup begins anew whenever somebody else writes, and never ends under load. Standard input is the leash.
 */
export const backupScript = `
exec 3<&0 </dev/null 4>&1 >&2
umask 077
folder=
end() { [ -z "$folder" ] || rm -rf "$folder"; echo "${endMark}$1" >&2; exit "$1"; }
run() {
  "$@" 4>&- &
  program=$!
  (exec 4>&-; read -r _ <&3; kill -TERM "$program") >/dev/null 2>&1 &
  watch=$!
  wait "$program"
  code=$?
  { kill "$watch"; wait "$watch"; } 2>/dev/null
  return "$code"
}
folder=$(mktemp -d "$2/docker-vol-sqlite.XXXXXX") || end 1
copy=$folder/$3
run ${reader} "$1" 'begin; select count(*) from sqlite_master;' ".backup '$copy'" >/dev/null || end 2
run ${reader} "$copy" 'pragma integrity_check' >"$folder/.said" || end 3
[ "$(cat "$folder/.said")" = ok ] || { head -n 20 "$folder/.said"; end 3; }
run tar -cf - -C "$folder" "./$3" >&4 || end 4
end 0
`
