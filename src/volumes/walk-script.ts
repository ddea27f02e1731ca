/**
 * The shell function that lists a tree. GNU find prints a record for each file: what it is, where, and where it
 * points, each ended by a NUL, which no name can contain. Fields: type, inode, links, size, mtime, ctime, mode, uid,
 * gid, device.
 */
export const walkFunction = `
walk() { # $1: the tree; $2: a name at its top that is left out
  (cd "$1" && find . -xdev \\( -path "./$2" -prune \\) -o \\
    -printf '%y %i %n %s %T@ %C@ %m %U %G %D\\0%P\\0%l\\0')
}
`

/** Fields of one record of `walk`. */
export const walkFields = 3
