import { lookThrough } from '../databases/look-into.ts'
import type { Look } from '../databases/look.ts'
import type { RestoreStep } from '../plan/step.ts'
import type { ProgressTaskPort, World } from '../plan/world.ts'
import type { StoredSnapshot } from '../snapshots/format.ts'
import { formatReference } from '../snapshots/reference.ts'
import { restoreVolume } from '../snapshots/restore-volume.ts'
import { refuseLeftOver, stagingName } from '../volumes/archive-script.ts'
import { scratchLabel } from '../volumes/scratch.ts'
import { succeed } from '../volumes/script-result.ts'
import { withHelper } from '../volumes/session.ts'
import { whileItGrows } from '../volumes/watch-growth.ts'
import type { Migration } from './migration.ts'

/** A volume that a migration works in, and the operation that it belongs to. */
export type WorkVolume = { readonly volume: string; readonly operation: string }

// Takes another name first, so that nothing in the volume can be in its way.
const intoOldScript = `
cd "$1" && mkdir .docker-vol-old && chmod --reference=. .docker-vol-old && chown --reference=. .docker-vol-old &&
  find . -mindepth 1 -maxdepth 1 ! -name .docker-vol-old -exec mv -t .docker-vol-old -- {} + &&
  mv -T .docker-vol-old old
`

/** Makes the volume, and brings a snapshot into its folder `old`. */
export async function copyFromSnapshot(
  world: World,
  { volume, operation }: WorkVolume,
  snapshot: StoredSnapshot,
  images: readonly string[],
): Promise<void> {
  const step: RestoreStep = {
    do: 'restore',
    snapshot,
    volume,
    make: { name: volume, driver: 'local', options: {}, labels: { [scratchLabel]: operation } },
    replace: false,
    images,
    why: 'to rehearse on it',
  }
  await restoreVolume(world, step, `Copy ${formatReference(snapshot)} to rehearse on`)
  await withHelper(world, { writes: volume, images }, (helper) =>
    succeed(helper, intoOldScript, [helper.path('volume')], 'make the copy ready'),
  )
}

const copyScript = `${refuseLeftOver}
cp --archive --no-target-directory --reflink=auto --sparse=auto "$1" "$3/old"
`

/**
 * Makes the volume, and copies another, which nobody writes meanwhile, into its folder `old`. Returns what the other was
 * found to hold.
 */
export async function copyFromVolume(
  world: World,
  { volume, operation }: WorkVolume,
  source: string,
  { images, task }: { readonly images: readonly string[]; readonly task: ProgressTaskPort },
): Promise<Look> {
  await world.docker.createVolume({
    name: volume,
    driver: 'local',
    options: {},
    labels: { [scratchLabel]: operation },
  })
  return await withHelper(world, { writes: volume, reads: source, images }, async (helper) => {
    const [from, to] = [helper.path('source'), helper.path('volume')]
    const look = await lookThrough(helper, 'source')
    await whileItGrows(helper, { from, to }, task, () =>
      succeed(helper, copyScript, [from, stagingName, to], 'copy the volume'),
    )
    return look
  })
}

// `$2`: where the cluster is, `.` for all of it; then the places of its tablespaces, which went over with it.
const setApartScript = `
cd "$1" || exit
path=$2 from=old to=rest
[ "$path" != . ] || exit 0
shift 2
for place; do rm -rf -- "old/$place"/PG_* && { rmdir "old/$place" 2>/dev/null || :; } || exit; done
like() { chmod --reference="$1" "$2" && chown --reference="$1" "$2"; }
mkdir rest && like old rest || exit
while :; do
  next=\${path%%/*}
  find "$from" -mindepth 1 -maxdepth 1 ! -name "$next" -exec mv -t "$to" -- {} + || exit
  [ "$path" != "$next" ] || break
  path=\${path#*/} from=$from/$next to=$to/$next
  mkdir "$to" && like "$from" "$to" || exit
done
# Directories in which there was nothing but the cluster are none of their own.
while [ "$to" != rest ]; do rmdir "$to" 2>/dev/null || :; to=\${to%/*}; done
`

/**
 * Moves what lies beside the cluster out of `old` into `rest`, so that it does not change hands with the cluster. That
 * can be done only after the build where tablespaces lie there, too; these have come over, and go.
 */
export async function setRestApart(
  world: World,
  { volume }: WorkVolume,
  { cluster, oldMountPath }: Migration,
  images: readonly string[],
): Promise<void> {
  const places = (cluster.tablespaces ?? []).map((path) => path.slice(oldMountPath.length + 1))
  await withHelper(world, { writes: volume, images }, (helper) =>
    succeed(
      helper,
      setApartScript,
      [helper.path('volume'), cluster.path, ...places],
      'set other files apart',
    ),
  )
}

/*
 * `$2`: where the cluster goes; `$3` and `$4`: owners of the old and of the new one. The root belongs to whoever runs the
 * server where the cluster is all there is; otherwise it stays as it was.
 */
const arrangeScript = `
cd "$1" || exit
place=$2 before=$3 owner=$4
mv -T new .docker-vol-new && { [ ! -d rest ] || mv -T rest .docker-vol-rest; } || exit
find . -mindepth 1 -maxdepth 1 ! -name .docker-vol-new ! -name .docker-vol-rest -exec rm -rf -- {} + || exit
lift() { find "$1" -mindepth 1 -maxdepth 1 -exec mv -n -t . -- {} + && rmdir "$1"; }
like() { chmod --reference="$1" . && chown --reference="$1" .; }
chown "$owner" . && chmod 755 . || exit
if [ -d .docker-vol-rest ]; then
  like .docker-vol-rest && lift .docker-vol-rest || exit
  [ "$(stat -c %u .)" != "\${before%%:*}" ] || chown "$owner" . || exit
fi
if [ "$place" = . ]; then
  like .docker-vol-new && lift .docker-vol-new
else
  directory=. left=$place
  while [ "$left" != "\${left#*/}" ]; do
    directory=$directory/\${left%%/*} left=\${left#*/}
    [ -d "$directory" ] || { mkdir "$directory" && chown "$owner" "$directory" && chmod 755 "$directory"; } || exit
  done
  [ ! -e "$place" ] || { echo "$place is there already" >&2; exit 1; }
  mv -T .docker-vol-new "$place"
fi
`

/** Makes the volume what the migrated one shall be: the new cluster in its place, other files beside it, nothing else. */
export async function arrange(
  world: World,
  { volume }: WorkVolume,
  { cluster, place }: Migration,
  owner: string,
  images: readonly string[],
): Promise<void> {
  await withHelper(world, { writes: volume, images }, (helper) =>
    succeed(
      helper,
      arrangeScript,
      [helper.path('volume'), place.path, cluster.owner, owner],
      'put the new cluster in its place',
    ),
  )
}
