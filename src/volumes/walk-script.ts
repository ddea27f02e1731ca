/**
 * The shell function that lists a tree. GNU find prints a record for each file: what it is, where, and where it
 * points, each ended by a NUL, which no name can contain. Fields: type, inode, links, size, mtime, ctime, mode, uid,
 * gid, device. The last record is `walked N`, find's exit code, and what find said. That something vanished before it
 * was looked at is no failure; that a directory could not be read is, since what lies in it would be missing.
 */
export const walkFunction = `
walk() { # $1: the tree; $2: a name at its top that is left out
  { said=$({ cd "$1" && find . -xdev \\( -path "./$2" -prune \\) -o \\
    -printf '%y %i %n %s %T@ %C@ %m %U %G %D\\0%P\\0%l\\0'; } 2>&1 >&3); code=$?; } 3>&1
  if [ "$code" -eq 1 ] && ! printf '%s\\n' "$said" | grep -qv ': No such file or directory$'; then code=0; fi
  printf 'walked %s\\0%.2000s\\0\\0' "$code" "$said"
}
`

/** Fields of one record of `walk`. */
export const walkFields = 3
