/** Writes down how far a restore is; \`staging\` is its directory. */
export const stateFunction = `
set_state() { # all that was moved before is on disk first; the rename is seen whole or not at all
  printf '%s\\n' "$1" >"$staging/state.new" && sync --file-system "$staging/state.new" &&
  mv -T "$staging/state.new" "$staging/state" && sync "$staging"
}
`
