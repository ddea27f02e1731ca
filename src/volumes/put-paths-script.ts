import { inTheWay } from './in-the-way.ts'
import { stateFunction } from './state-function.ts'

/**
 * Puts the paths of \`todo\` in place, each by a rename, what was there aside first. Where directories above a path are
 * missing, the topmost one that was unpacked comes up as a whole. Can be repeated after an interruption.
 */
export const putPathsSteps = `
highest_missing() { # prints the path to move: $1, or what is missing above it; fails when the way is barred
  way= rest=$1
  while [ "$rest" != "\${rest#*/}" ]; do
    way=$way\${rest%%/*} rest=\${rest#*/}
    if [ -L "$volume/$way" ]; then return 1; fi
    if [ ! -e "$volume/$way" ]; then printf '%s/' "$way"; return 0; fi
    if [ ! -d "$volume/$way" ]; then return 1; fi
    way=$way/
  done
  printf '%s/' "$1"
}
for todo in "$staging"/todo/*; do
  path=$(cat "$todo"; printf /) path=\${path%/}
  if [ ! -e "$staging/new/$path" ] && [ ! -L "$staging/new/$path" ]; then continue; fi
  path=$(highest_missing "$path") && path=\${path%/} || exit ${inTheWay.notADirectory}
  if [ -e "$volume/$path" ] || [ -L "$volume/$path" ]; then
    mv -T "$volume/$path" "$staging/old/\${todo##*/}" || exit 1
  fi
  mv -T "$staging/new/$path" "$volume/$path" || exit 1
done
sync --file-system "$volume" && set_state paths-moved && remove_staging || exit 1
`

/** \`$1\`: the volume; \`$2\`: the staging name; then the paths. Nothing is moved unless the way to each is free. */
export const putPathsScript = `${stateFunction}
volume=$1 staging=$1/$2
shift 2
mkdir "$staging/todo" || exit 1
number=1000000
for path in "$@"; do
  number=$((number + 1))
  printf '%s' "$path" | cat >"$staging/todo/$number" || exit 1
  way= rest=$path
  while [ "$rest" != "\${rest#*/}" ]; do
    way=$way\${rest%%/*} rest=\${rest#*/}
    if [ -L "$volume/$way" ] || { [ -e "$volume/$way" ] && [ ! -d "$volume/$way" ]; }; then
      printf '%s\\n' "$way"; exit ${inTheWay.notADirectory}
    fi
    way=$way/
  done
done
sync --file-system "$volume" && set_state moving-paths || exit 1
${putPathsSteps}`
