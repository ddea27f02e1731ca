import type { Helper } from '../../docker/docker.ts'
import type { InspectedContainer, InspectedImage } from '../../docker/inspection.ts'
import type { World } from '../../plan/world.ts'
import { startAuditHelper } from './audit-helper.ts'
import { reasonOf } from './look-into-volumes.ts'
import type { ImageContents } from './seen.ts'

/** How many images one helper has mounted. */
const imagesPerHelper = 30

/** Names that are told of a directory. */
const mostNames = 50

// The dynamic loader tells the C library. Links of the image are not followed where they could lead into the helper's
// own files. Answers end with a zero byte, lists with an empty one.
const script = `
image=$1; shift
find "$image/lib" "$image/lib64" "$image/usr/lib" "$image/usr/lib64" -maxdepth 2 \\( -name 'ld-musl-*' -o -name 'ld-linux*' \\) -printf '%f\\0' 2>/dev/null
printf '\\0'
[ -f "$image/etc/passwd" ] && [ ! -L "$image/etc/passwd" ] && head -c 65536 "$image/etc/passwd"
printf '\\0'
for directory in "$@"; do
  real=$(realpath -e "$image$directory" 2>/dev/null) || real=
  case $real in "$image"/*)
    [ -d "$real" ] && find "$real" -mindepth 1 -maxdepth 1 ! -name lost+found ! -name '.*keep' -printf '%f\\0' 2>/dev/null | sort -z | head -z -n ${mostNames} ;;
  esac
  printf '\\0'
done`

/** What images hold, by ID: for a directory that a container mounts over, the names in it. */
export async function lookIntoImages(
  world: World,
  images: readonly InspectedImage[],
  containers: readonly InspectedContainer[],
  notes: string[],
): Promise<ReadonlyMap<string, ImageContents>> {
  const found = new Map<string, ImageContents>()
  for (let first = 0; first < images.length; first += imagesPerHelper) {
    const batch = images.slice(first, first + imagesPerHelper)
    try {
      const paths = batch.map(({ id }, index) => ({ image: id, path: `image${index}` }))
      const { helper } = await startAuditHelper(world, {
        mounts: [],
        images: paths,
        candidates: batch.map(({ id }) => id),
      })
      try {
        for (const [index, { id }] of batch.entries())
          found.set(id, await lookInto(helper, `image${index}`, directoriesOf(id, containers)))
      } finally {
        await helper.close()
      }
    } catch (error) {
      world.signal.throwIfAborted()
      notes.push(
        `What ${batch.length} images hold could not be seen (an engine before 28 cannot mount them): ${reasonOf(error)}`,
      )
    }
  }
  return found
}

/** Where containers of an image mount something that may hide files. */
function directoriesOf(id: string, containers: readonly InspectedContainer[]): readonly string[] {
  const mounts = containers.filter(({ imageId }) => imageId === id).flatMap(({ allMounts }) => allMounts)
  return [
    ...new Set(
      mounts.filter(({ type }) => type === 'volume' || type === 'bind').map(({ destination }) => destination),
    ),
  ]
}

async function lookInto(
  helper: Helper,
  mount: string,
  directories: readonly string[],
): Promise<ImageContents> {
  const { stdout } = await helper.run({ text: script, arguments: [helper.path(mount), ...directories] })
  const tokens = stdout.split('\0').values()
  const next = () => tokens.next().value ?? ''
  const list = () => {
    const names: string[] = []
    for (let name = next(); name !== ''; name = next()) names.push(Buffer.from(name, 'latin1').toString())
    return names
  }
  const loaders = list()
  const users = usersIn(next())
  const below = new Map(directories.map((directory) => [directory, list()]))
  return { libc: libcOf(loaders), users, below }
}

/** An image with both says nothing. */
function libcOf(loaders: readonly string[]): ImageContents['libc'] {
  const musl = loaders.some((name) => name.startsWith('ld-musl-'))
  const glibc = loaders.some((name) => name.startsWith('ld-linux'))
  if (musl === glibc) return undefined
  return musl ? 'musl' : 'glibc'
}

function usersIn(passwd: string): ImageContents['users'] {
  return new Map(
    passwd.split('\n').flatMap((line): readonly [string, { uid: number; gid: number }][] => {
      const [name = '', , uid, gid] = line.split(':')
      return name === '' || !/^\d+$/.test(uid ?? '') ? [] : [[name, { uid: Number(uid), gid: Number(gid) }]]
    }),
  )
}
