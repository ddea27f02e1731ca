import { refuseMountsFunction } from './mounts-script.ts'

/** Writes down how far a restore is, and clears up after it; `volume` is the volume, `staging` its staging directory. */
export const stateFunction = `${refuseMountsFunction}set_state() { # all that was moved before is on disk first; the rename is seen whole or not at all
  # cat, unlike the shell, says when there is no space left
  printf '%s\\n' "$1" | cat >"$staging/state.new" && sync --file-system "$staging/state.new" &&
  mv -T "$staging/state.new" "$staging/state" && sync "$staging"
}
set_next_state() { # the same where nothing was moved since the file system was brought to disk
  printf '%s\\n' "$1" | cat >"$staging/state.new" && sync "$staging/state.new" &&
  mv -T "$staging/state.new" "$staging/state" && sync "$staging"
}
remove_staging() { # what says how far it is goes last, so that this can be interrupted; the root keeps its time
  refuse_mounts "$staging"
  within=--one-file-system
  rm -f $within 2>/dev/null || within=
  time=$(stat -c %.9Y "$volume") &&
  find "$staging" -mindepth 1 -maxdepth 1 ! -name state -exec rm -rf $within -- {} + &&
  rm -rf $within -- "$staging" && touch -d "@$time" "$volume" && sync "$volume"
}
`
