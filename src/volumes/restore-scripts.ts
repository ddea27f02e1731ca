import { archiveRecord, faithful } from './archive-script.ts'
import { inTheWay } from './in-the-way.ts'
import { putPathsFunctions, putPathsSteps } from './put-paths-script.ts'
import { stripRootFunction } from './root-attributes-script.ts'
import { setAsideFunctions } from './set-aside-script.ts'
import { stateFunction } from './state-function.ts'
import { walkFunction } from './walk-script.ts'

/**
 * What the helper does to a volume in a restore. In all of them \`$1\` is the volume and \`$2\` the staging name; the
 * staging directory holds \`new\` (what is to come), \`old\` (what was there) and \`state\`, which says how far it is:
 * staging → moving-old → moving-new → finishing, or staging → moving-paths; then, unless nothing is to be kept,
 * keeping (the new is in place, the old waits to become the undo copy) → kept. Every script can be repeated from the
 * state it finds. The root's time is never that of the staging directory's coming or going.
 */

/**
 * Makes the staging directory. \`$3\`: \`replace\` or \`empty\`. Prints the free bytes and free inodes (\`-\` where the
 * file system has no fixed number).
 */
// Nothing is brought to disk yet: a staging directory without a state, as a power cut may leave it, goes just the same.
// A directory made in one with a default ACL inherits it, and so would all below it: modes come out otherwise than tar
// expects. Unpacked from an archive that has no ACL it has none.
export const prepareScript = `${stateFunction}
make_new() {
  tar --create --file=- --format=posix ${faithful} --no-recursion --transform='s,.*,new,' --directory=/ etc |
    tar --extract --file=- --preserve-permissions --same-owner ${faithful} --touch --directory="$staging" &&
    chmod 755 "$staging/new"
}
volume=$1 staging=$1/$2
[ ! -e "$staging" ] || exit ${inTheWay.leftOver}
refuse_mounts "$1"
other=$(find "$1" -mindepth 1 -maxdepth 1 -printf '%D %f\\0' | grep -zv "^$(stat -c %d "$1") " | tr '\\n\\0' ' \\n' | head -n 1)
[ -z "$other" ] || { printf '%s\\n' "\${other#* }"; exit ${inTheWay.fileSystems}; }
if [ "$3" = empty ] && [ -n "$(find "$1" -mindepth 1 -maxdepth 1 -print -quit)" ]; then exit ${inTheWay.notEmpty}; fi
before=$(stat -c %.9Y "$1") && mkdir -m 700 "$staging" && touch -d "@$before" "$1" &&
mkdir "$staging/old" && make_new &&
printf 'staging\\n' | cat >"$staging/state" && df --output=avail,iavail -B1 "$1" | tail -n 1
`

/** Unpacks what comes on standard input: one or more archives, each with its end mark. */
export const extractScript = `
tar --extract --file=- --ignore-zeros --preserve-permissions --same-owner ${faithful} \\
  --delay-directory-restore --blocking-factor=${archiveRecord / 512} --directory="$1/$2/new"
`

/** Lists what was unpacked below \`$3\` of the staging directory. */
export const stagedWalkScript = `${walkFunction}
walk "$1/$2/$3" ""
`

/**
 * Switches: what was there goes aside, what was unpacked comes up, by renames alone; then the root itself gets its
 * owner, mode, attributes and time. What was there is removed, or kept when there is a note for an undo copy. Where
 * something cannot be moved aside (an immutable file), what was goes back, and `went_back` ends the script.
 */
// Where nothing is moved aside, and nothing was by a run before, there is nothing of that to bring to disk.
const switchSteps = `${stripRootFunction}
aside=unknown
tree=$staging/new$(cat "$staging/root" 2>/dev/null)
case $(cat "$staging/state") in
staging)
  sync --file-system "$volume" && tar --create --file="$staging/root.tar" --format=posix ${faithful} --no-recursion --directory="$tree" . &&
  sync "$staging/root.tar" && { [ ! -e "$staging/undo" ] || printf '.\\0' | note_before; } &&
  sync "$staging" && set_next_state moving-old &&
  aside=$(find "$volume" -mindepth 1 -maxdepth 1 ! -path "$staging" -print -quit) || exit 1 ;;
esac
case $(cat "$staging/state") in
moving-old)
  if [ -z "$aside" ]; then set_next_state moving-new || exit 1
  elif move_all "$volume" "$staging/old"; then set_state moving-new || exit 1
  else move_back && went_back; exit 1; fi ;;
esac
case $(cat "$staging/state") in
moving-new)
  move_all "$tree" "$volume" && set_state finishing || exit 1 ;;
esac
apply_root() { tar --extract --file=- --preserve-permissions --same-owner ${faithful} --directory="$volume"; }
bring_root_to_disk() { # what is above the old has its attributes back by then, where there is any
  if [ -e "$staging/before.tar" ]; then sync --file-system "$volume"; else sync "$volume"; fi
}
[ ! -e "$staging/root.tar" ] || { strip_root && apply_root <"$staging/root.tar"; } || exit 1
apply_before && bring_root_to_disk && keep_or_remove || exit 1
`

/**
 * \`$1\`: the volume; \`$2\`: the staging name; \`$3\`: the directory below \`new\` that is the new root, empty for \`new\`
 * itself; \`$4\`: the note for the undo copy, or nothing. Prints \`keeping\` when the old contents wait to be kept.
 */
export const switchScript = `${stateFunction}${setAsideFunctions}
volume=$1 staging=$1/$2
if [ -n "$3" ]; then printf '/%s' "$3" | cat >"$staging/root" && sync "$staging/root" || exit 1; fi
refuse_mounts "$volume"
note_undo "$4" || exit 1
went_back() { exit ${inTheWay.cannotMove}; }
${switchSteps}`

/**
 * Makes ready to switch together with other volumes: notes that, and \`$3\` for the undo copy, or nothing, and brings all
 * that was unpacked to disk.
 */
export const readyScript = `${stateFunction}${setAsideFunctions}
volume=$1 staging=$1/$2
note_undo "$3" && touch "$staging/together" && sync --file-system "$volume"
`

/** Prints \`holds\` when the volume \`$1\` has something beside the staging directory \`$2\`. */
export const holdsSomethingScript = `
[ -z "$(find "$1" -mindepth 1 -maxdepth 1 ! -path "$1/$2" -print -quit)" ] || echo holds
`

/** Takes away what was moved aside, once it is in the store. What says so comes first, so that half of it is never kept. */
export const dropAsideScript = `${stateFunction}
volume=$1 staging=$1/$2
refuse_mounts "$staging"
set_next_state kept && remove_staging || exit 1
`

/**
 * Puts right what an interrupted restore left: what was only staged goes, a switch that had begun is finished, since
 * what it puts in place was complete and checked, or undone where what was there cannot be moved aside; but nothing is
 * moved when \`$3\` is \`used\`, since something that runs uses the volume. With \`on\` as \`$4\` a switch that had not begun
 * is done as well. Prints, each on a line, \`nothing\`, \`undone\` or \`finished\`; also \`keeping\` when the old contents wait
 * to be kept, and \`empty\` when the volume holds nothing now.
 */
export const recoverScript = `${stateFunction}${setAsideFunctions}${putPathsFunctions}
volume=$1 staging=$1/$2
went_back() { remove_staging && echo undone && exit 0; }
if [ ! -e "$staging" ]; then echo nothing; else
state=$(cat "$staging/state" 2>/dev/null)
case $4$state in
onstaging) state=moving-staged ;;
esac
case $3$state in
usedmoving-*) exit ${inTheWay.inUse} ;;
esac
case $state in
moving-staged|moving-old|moving-paths) refuse_mounts "$volume" ;;
esac
case $state in
moving-paths)
${putPathsSteps}
  echo finished ;;
moving-staged|moving-old|moving-new|finishing)
${switchSteps}
  echo finished ;;
keeping)
  printf 'nothing\\nkeeping\\n' ;;
kept)
  remove_staging && echo nothing || exit 1 ;;
staging|'')
  remove_staging && echo undone || exit 1 ;;
*)
  echo "a newer docker vol was restoring this volume" >&2; exit 1 ;;
esac
fi
[ -n "$(find "$volume" -mindepth 1 -maxdepth 1 ! -path "$staging" -print -quit)" ] || echo empty
`
