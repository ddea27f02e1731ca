import { stagingName } from '../volumes/archive-script.ts'
import type { Marker } from './look.ts'

/** How many directories down databases are looked for: `pgdata/data/global/pg_control` is four. */
const depth = 5

/** Seconds for each part of a search. A walk of all of a volume that holds millions of files is never made. */
const longestSearch = 5

/** Records that are printed at most for each volume: names in question, and files of any name near its root. */
export const mostNames = 3000
const mostUnnamed = 1000

/** Fields of a record that `searchScript` prints. */
export const searchFields = 3

/**
 * Finds the files that databases are known by. For each directory that is its argument GNU find prints a record for
 * each file with a name in question: what it is, where, and where it points, each ended by a NUL. `+` is first in
 * those of any name, of which only some near the root are listed. The record `failed` says that something could not be
 * seen, or not in time, and `end` closes a directory. What lies near the root comes first, so that a huge tree beside a
 * database does not hide it. Left out: what is ours, and directories with many files of databases and of programs.
 */
export function searchScript(markers: readonly Marker[]): string {
  const names = markers
    .map(({ pattern }) => `-${pattern.includes('/') ? 'path' : 'name'} '${pattern}'`)
    .join(' -o ')
  const left = ['node_modules', '.git', 'diagnostic.data', 'pg_xact', 'pg_subtrans']
    .map((name) => `-name ${name}`)
    .join(' -o ')
  return `
print='%y %s %U\\0%P\\0%l\\0'
search() { # $1: how deep; $2: the paths that count
  timeout ${longestSearch} find . -xdev -mindepth 1 -maxdepth "$1" \\
    \\( -name ${stagingName} -o -path '*/base/[0-9]*' -o ${left} \\) -prune -o \\
    -path "$2" \\( ${names} \\) -printf "$print" 2>/dev/null || printf 'failed\\0\\0\\0'
}
for tree do
  cd "$tree" || exit
  { search 2 './*'; search ${depth} './*/*/*'; } | head -z -n ${mostNames * searchFields}
  timeout ${longestSearch} find . -xdev -mindepth 1 -maxdepth 2 -name ${stagingName} -prune -o \\
    -type f -size +0 -printf "+$print" 2>/dev/null | head -z -n ${mostUnnamed * searchFields}
  printf 'end\\0\\0\\0'
done`
}

/**
 * Reads the beginnings of files. Its input names the directory, how many bytes, and the path of each, ended by NULs;
 * its output is the bytes of each in hexadecimal, a line a file, empty for what cannot be read (any more).
 */
export const readScript = `
timeout ${longestSearch * 2} xargs -0 -r -n 192 sh -c '
while [ $# -gt 2 ]; do
  [ -f "$1/$3" ] && [ ! -L "$1/$3" ] && timeout 2 head -c "$2" "$1/$3" 2>/dev/null | od -An -v -tx1 | tr -d " \\n"
  echo
  shift 3
done' sh; exit 0`
