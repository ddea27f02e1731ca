/*
 * Gives a script `pg_controldata` where the image has none: there are images with a server and nothing else. It says
 * what is asked for here. The state is the fifth word of the file; the room for prepared transactions has had its place
 * since 12, where 10 and 11 leave it open (`ControlFileData` in src/include/catalog/pg_control.h).
 */
export const withControlData = `
command -v pg_controldata >/dev/null || pg_controldata() {
  word() { od -An -tu4 -j "$1" -N 4 "$2/global/pg_control" | tr -d ' '; }
  state=$(word 16 "$2")
  case $state in 1) state='shut down' ;; *) state="number $state" ;; esac
  echo "Database cluster state: $state"
  [ "$(word 8 "$2")" -lt 1201 ] || echo "max_prepared_xacts setting: $(word 192 "$2")"
}
`
