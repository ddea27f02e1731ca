import { faithful } from './archive-script.ts'
import { inTheWay } from './in-the-way.ts'
import { refuseMountsFunction } from './mounts-script.ts'

/**
 * What is moved aside becomes a tree of its own in \`old\`, as it lay in the volume: the root and the directories above
 * what is moved get their owner, mode, attributes and times, which are noted in \`before.tar\` before anything moves. The
 * file \`undo\`, a note for the undo copy, says that \`old\` is to be kept: state \`keeping\`, until it is in the store.
 */
export const setAsideFunctions = `
note_undo() { # $1: the note; nothing is kept when it is empty
  [ -z "$1" ] || { printf '%s' "$1" | cat >"$staging/undo" && sync "$staging/undo"; }
}
note_before() { # names on standard input, each ended by a NUL
  tar --create --file="$staging/before.tar" --format=posix ${faithful} --no-recursion --directory="$volume" \\
    --null --verbatim-files-from --files-from=- && sync "$staging/before.tar"
}
apply_before() { # before something is moved below these directories, and again when their times have moved with it
  apply_before_to "$staging/old"
}
apply_before_to() {
  [ ! -e "$staging/before.tar" ] || tar --extract --file="$staging/before.tar" --preserve-permissions --same-owner \\
    ${faithful} --delay-directory-restore --directory="$1"
}
move_all() { # from $1 into $2; what has appeared under a name that was moved before is never written over
  find "$1" -mindepth 1 -maxdepth 1 ! -path "$staging" -exec mv -nt "$2" -- {} +
  left=$(find "$1" -mindepth 1 -maxdepth 1 ! -path "$staging" -print -quit)
  [ -n "$left" ] || return 0
  [ -e "$2/\${left##*/}" ] || [ -L "$2/\${left##*/}" ] || return 1
  printf '%s\\n' "\${left##*/}"
  exit ${inTheWay.writtenSince}
}
move_back() { # what is aside, while nothing new is in place; what is switched together goes no way alone
  [ ! -e "$staging/together" ] && move_all "$staging/old" "$volume" && apply_before_to "$volume" && set_state staging
}
keep_or_remove() { # the last step of a switch, when all of it is on disk
  if [ -e "$staging/undo" ] && [ -n "$(find "$staging/old" "$staging/todo" "$staging/absent" -mindepth 1 -print -quit 2>/dev/null)" ]; then
    set_next_state keeping && echo keeping
  else
    remove_staging
  fi
}
`

/**
 * Prints what is to be known for an undo copy: the note, then the paths that were put or taken away when it was about
 * single ones, each ended by a NUL. What is mounted in it would hide some of it from the copy.
 */
export const readUndoNoteScript = `${refuseMountsFunction}
staging=$1/$2
refuse_mounts "$staging"
cat "$staging/undo" && printf '\\0' || exit 1
for each in "$staging"/todo/* "$staging"/absent/*; do
  [ ! -e "$each" ] || { cat "$each" && printf '\\0'; } || exit 1
done
`
