import { inTheWay } from './in-the-way.ts'
import { walkFunction } from './walk-script.ts'

/** Where a restore keeps what it has not finished, at the top of a volume. Never part of a snapshot. */
export const stagingName = '.docker-vol-restore'

/** How GNU tar is told to keep everything, when it reads and when it writes. Labels of SELinux are the engine's. */
export const faithful = `--numeric-owner --xattrs --xattrs-include='*' --xattrs-exclude=security.selinux --acls`

/** Bytes in one of tar's records: with 128 blocks a write fills a pipe. */
export const archiveRecord = 128 * 512

/** Refuses a tree in which a restore was interrupted, or is under way: what was there may be moved aside. */
export const refuseLeftOver = `[ ! -e "$1/$2" ] || exit ${inTheWay.leftOver}`

/** The same, unless the restore is over and what was there only waits to be kept: the tree is whole then. */
const refuseHalfDone = `
case $(cat "$1/$2/state" 2>/dev/null) in keeping|kept) ;; *) ${refuseLeftOver} ;; esac
`

/**
 * \`$1\`: the tree; \`$2\`: the staging name; \`$3\`: \`dense\` to write holes as zeros. Prints the walk, waits for the list of names on standard input,
 * prints the archive, then how tar ended and a second walk. The last record proves that nothing is missing.
 */
export const archiveScript = `${walkFunction}
${refuseHalfDone}
walk "$1" "$2"
holes=--sparse
[ "$3" != dense ] || holes=
tar --create --file=- --format=posix --pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime \\
  $holes ${faithful} --no-recursion --blocking-factor=128 \\
  --directory="$1" --null --verbatim-files-from --files-from=-
printf 'archived %s\\0\\0\\0' "$?"
walk "$1" "$2"
`
