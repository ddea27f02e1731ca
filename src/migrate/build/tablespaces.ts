import type { Places } from './places.ts'
import type { Side } from './side.ts'
import type { Tablespace } from './source-facts.ts'

/** A tablespace of the old cluster, and where it comes to lie: relative to the new data directory. */
export type MovedTablespace = Tablespace & {
  readonly place: string
  /** Whether it lay below the old data directory, too. */
  readonly wasInside: boolean
}

/**
 * One that lay below the old data directory keeps its place there; one that lay beside it, elsewhere in the volume,
 * gets a place there, since what is beside the new data directory is not ours.
 */
export function moveTablespaces(
  tablespaces: readonly Tablespace[],
  places: Pick<Places, 'old'>,
): readonly MovedTablespace[] {
  return tablespaces.map((tablespace) => {
    const wasInside = tablespace.location.startsWith(`${places.old}/`)
    const place = wasInside
      ? tablespace.location.slice(places.old.length + 1)
      : `tablespaces/${tablespace.oid}`
    return { ...tablespace, place, wasInside }
  })
}

/**
 * For the script that prepares the old data directory: leads links of its tablespaces, and of its log of changes, to
 * their folders in the copy, which are found by the longest end of the path that they had. Postgres reads where a
 * tablespace is from the link alone (tablespace.c, since 9.2).
 */
export const followLinks = `
follow() { # LINK ROOT KIND: KIND is a pattern of what must be in the folder
  target=$(readlink "$1")
  case $target in "$2"/*) return ;; esac
  place=$target
  while [ -n "$place" ]; do
    if ls -d "$2/old$place"/$3 >/dev/null 2>&1; then ln -sfn "$2/old$place" "$1"; return; fi
    case $place in /*/*) place=/\${place#/*/} ;; *) place= ;; esac
  done
  echo "What $1 leads to ($target) is not in the volume." >&2
  return 1
}
follow_all() { # DATA ROOT
  for link in "$1"/pg_tblspc/*; do [ ! -L "$link" ] || follow "$link" "$2" 'PG_*' || return; done
  [ ! -L "$1/pg_wal" ] || follow "$1/pg_wal" "$2" archive_status
}
`

const moveScript = `
new=$1; shift
while [ $# -gt 0 ]; do
  mkdir -p "$new/$2" && mv "$1"/PG_"$(cat "$new/PG_VERSION")"_* "$new/$2/" || exit
  for link in "$new"/pg_tblspc/*; do
    [ "$(readlink "$link")" != "$1" ] || ln -sfn "$new/$2" "$link" || exit
  done
  shift 2
done
`

/** Moves what pg_upgrade has put beside the old files of each tablespace to its new place. No server may run. */
export async function bringTablespaces(
  client: Side,
  places: Places,
  tablespaces: readonly MovedTablespace[],
): Promise<void> {
  if (tablespaces.length === 0) return
  const pairs = tablespaces.flatMap(({ location, place }) => [location, place])
  await client.must('bring the tablespaces over', moveScript, [places.new, ...pairs])
}

const settleScript = `
new=$1 final=$2
for link in "$new"/pg_tblspc/*; do
  [ -L "$link" ] || continue
  target=$(readlink "$link")
  case $target in "$new"/*) ln -sfn "$final\${target#"$new"}" "$link" || exit ;; esac
done
sync "$new/pg_tblspc"
`

/** Leads the links to where the data directory will be. No server of ours can be started after that. */
export async function settleTablespaces(
  client: Side,
  places: Places,
  finalDataDirectory: string,
): Promise<void> {
  await client.must('settle the tablespaces', settleScript, [places.new, finalDataDirectory])
}
