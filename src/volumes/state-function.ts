/** Writes down how far a restore is; \`staging\` is its directory. */
export const stateFunction = `
set_state() { # a rename is seen whole or not at all, also after a power cut
  printf '%s\\n' "$1" >"$staging/state.new" && sync "$staging/state.new" &&
  mv -T "$staging/state.new" "$staging/state" && sync "$staging"
}
`
