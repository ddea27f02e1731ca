import { inTheWay } from './in-the-way.ts'
import { setAsideFunctions } from './set-aside-script.ts'
import { stateFunction } from './state-function.ts'

/**
 * Puts the paths of \`todo\` in place, each by a rename, what was there aside first; those of \`absent\` only go aside. Can
 * be repeated after an interruption: what is not in \`new\` any more is in its place, what is in \`old\` is aside. Where
 * something cannot be moved, all goes back, and \`went_back\` ends the script.
 */
export const putPathsSteps = `
is_there() { [ -e "$1" ] || [ -L "$1" ]; }
aside() { # $1: a path that is to make way
  is_there "$volume/$1" || return 0
  if is_there "$staging/old/$1"; then printf '%s\\n' "$1"; exit ${inTheWay.writtenSince}; fi
  mv -T "$volume/$1" "$staging/old/$1"
}
path_in() { path=$(cat "$1"; printf /) path=\${path%/}; } # $1: a file that holds a path
move_paths_back() { # what is new, then what was there; can be cut off anywhere, and gone on from either way
  for todo in "$staging"/todo/*; do
    [ -e "$todo" ] || continue
    path_in "$todo"
    if ! is_there "$staging/new/$path" && is_there "$volume/$path"; then
      mv -T "$volume/$path" "$staging/new/$path" || return 1
    fi
  done
  for todo in "$staging"/todo/* "$staging"/absent/*; do
    [ -e "$todo" ] || continue
    path_in "$todo"
    is_there "$staging/old/$path" || continue
    ! is_there "$volume/$path" && mv -T "$staging/old/$path" "$volume/$path" || return 1
  done
  apply_before_to "$volume" && set_state staging
}
give_up() { # never while something that was there is still aside
  move_paths_back && went_back
  exit 1
}
apply_before || exit 1
for todo in "$staging"/todo/*; do
  [ -e "$todo" ] || continue
  path_in "$todo"
  is_there "$staging/new/$path" || continue
  is_free "$path" && aside "$path" && mv -T "$staging/new/$path" "$volume/$path" || give_up
done
for todo in "$staging"/absent/*; do
  [ -e "$todo" ] || continue
  path_in "$todo"
  if is_there "$staging/old/$path"; then continue; fi
  is_free "$path" && aside "$path" || give_up
done
apply_before && sync --file-system "$volume" && keep_or_remove || exit 1
`

/** What both the first run and one that finishes it need, besides what every restore does. */
export const putPathsFunctions = `
is_free() { # whether only directories of the volume lie on the way to $1; \`top\` is $1, or what is missing above it
  way= rest=$1 top=$1
  while [ "$rest" != "\${rest#*/}" ]; do
    way=$way\${rest%%/*} rest=\${rest#*/}
    if [ ! -d "$volume/$way" ] || [ -L "$volume/$way" ]; then
      if [ -e "$volume/$way" ] || [ -L "$volume/$way" ]; then printf '%s\\n' "$way"; exit ${inTheWay.notADirectory}; fi
      top=$way
      return 0
    fi
    way=$way/
  done
}
list_above() { # the root, and the directories on the way to what will move
  printf '.\\0'
  for each in "$staging"/todo/* "$staging"/absent/*; do
    [ -e "$each" ] || continue
    way= rest=$(cat "$each"; printf /) rest=\${rest%/}
    while [ "$rest" != "\${rest#*/}" ]; do
      way=$way\${rest%%/*} rest=\${rest#*/}
      printf './%s\\0' "$way"
      way=$way/
    done
  done
}
`

/**
 * \`$1\`: the volume; \`$2\`: the staging name; \`$3\`: the note for the undo copy, or nothing; \`$4\`: \`exact\` when paths
 * that were not unpacked are to be absent from the volume; then the paths, none below another. Nothing is moved unless
 * the way to each is free. Where directories above a path are missing, the topmost one that was unpacked comes up as a
 * whole.
 */
export const putPathsScript = `${stateFunction}${setAsideFunctions}${putPathsFunctions}
volume=$1 staging=$1/$2 note=$3 exact=$4
shift 4
went_back() { exit ${inTheWay.cannotMove}; }
refuse_mounts "$volume"
mkdir "$staging/todo" "$staging/absent" || exit 1
number=1000000
for path in "$@"; do
  number=$((number + 1))
  is_free "$path"
  if [ -e "$staging/new/$path" ] || [ -L "$staging/new/$path" ]; then list=todo
  elif [ "$exact" != exact ]; then printf 'not unpacked: %s\\n' "$path" >&2; exit 1
  elif [ -e "$volume/$path" ] || [ -L "$volume/$path" ]; then list=absent
  else continue
  fi
  printf '%s' "$top" | cat >"$staging/$list/$number" || exit 1
done
note_undo "$note" && list_above | note_before || exit 1
sync --file-system "$volume" && set_state moving-paths || exit 1
${putPathsSteps}`
