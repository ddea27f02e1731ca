import type { DatabaseKind } from '../../facts.ts'

/**
 * How a database is checked: a script in POSIX shell that runs in a container of the snapshot's own image, as the
 * owner of the data, on a copy that is thrown away afterwards. It starts the server's programs itself and not through
 * the image's entrypoint: that wants passwords and settings which a snapshot does not hold.
 */
export type DatabaseCheck = {
  /** As people say it. */
  readonly title: string
  /**
   * `$1` is the data directory, or the file of an SQLite database. A line of output for each thing that was checked.
   * What the database says against itself goes to standard error, below a line that says what that is about.
   */
  readonly script: string
}

/** How such a script ends. Anything else is a failure of the script itself. */
export const checkExit = { good: 0, damaged: 3, noTools: 4, noSpace: 7 } as const

/** For each kind that can be checked. For MongoDB there is none yet. */
export type DatabaseChecks = Readonly<Partial<Record<DatabaseKind, DatabaseCheck>>>

/** What the scripts have in common. All that they write beside the data is in `$tmp`, in memory. */
export const scriptStart = `
umask 077
tmp=/tmp/docker-vol-check
mkdir "$tmp" && cd "$tmp" || exit
no_tools() { echo "$1" >&2; exit ${checkExit.noTools}; }
damaged() { # WHAT FILE...: ends with what the database said
  grep -qs 'No space left on device' "$@" && exit ${checkExit.noSpace}
  echo "$1" >&2
  shift
  for said; do tail -n 30 "$said" >&2; done
  exit ${checkExit.damaged}
}
first_of() { # the first of these programs that is there
  for program; do command -v "$program" && return; done
  return 1
}
wait_for() { # PID COMMAND...: until the command succeeds; fails when the process ends before
  server=$1; shift
  until "$@" >ready 2>&1; do kill -0 "$server" 2>/dev/null || return; sleep 0.1; done
}
`
