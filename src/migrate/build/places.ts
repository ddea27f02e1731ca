import { withHelper } from '../../volumes/session.ts'
import { succeed } from '../../volumes/script-result.ts'
import type { BuildRequest } from './request.ts'

/** The name of the volume's mount in the two containers. */
export const mountName = 'migration'

/** Folders of the volume, as both containers see them. Short: the path of a socket has at most 107 bytes. */
export type Places = {
  /** The old data directory, and what is left of the user's files in it. */
  readonly old: string
  readonly new: string
  readonly oldSockets: string
  readonly newSockets: string
  /** Requests to the old container. */
  readonly calls: string
  /** Stand-ins for the old programs. */
  readonly shims: string
  /** For the old and for the new container alone. */
  readonly oldWork: string
  readonly newWork: string
}

/** Where everything is, below the volume's mount. `path` is that of the cluster in the source. */
export function placesIn(root: string, path: string): Places {
  return {
    old: path === '.' ? `${root}/old` : `${root}/old/${path}`,
    new: `${root}/new`,
    oldSockets: `${root}/sockets/old`,
    newSockets: `${root}/sockets/new`,
    calls: `${root}/calls`,
    shims: `${root}/shims`,
    oldWork: `${root}/own/old`,
    newWork: `${root}/own/new`,
  }
}

// What an earlier attempt left goes: only `old` counts.
const prepareScript = `
cd "$1" || exit
rm -rf new sockets calls shims own || exit
mkdir -p new sockets/old sockets/new calls shims own/old own/new &&
chmod 755 . sockets sockets/old sockets/new shims own && chmod 700 new calls own/old own/new &&
chown "$2" sockets/old own/old && chown "$3" new sockets/new calls shims own/new
`

/** Makes the folders, for the owners of the old and of the new data (`uid:gid`). */
export async function makePlaces(request: BuildRequest, oldOwner: string, newOwner: string): Promise<void> {
  await asRoot(request, prepareScript, [oldOwner, newOwner], 'make the folders for the new cluster')
}

// Whoever may link a file is its owner (sysctl fs.protected_hardlinks).
const giveAwayScript = `cd "$1" && chown -hR "$2" old sockets/old own/old`

/** Gives the copy of the old cluster to the owner of the new one. */
export async function giveAway(request: BuildRequest, newOwner: string): Promise<void> {
  await asRoot(request, giveAwayScript, [newOwner], 'give the copy to its new owner')
}

async function asRoot(
  request: BuildRequest,
  text: string,
  args: readonly string[],
  what: string,
): Promise<void> {
  const { world, volume, images = [] } = request
  await withHelper(world, { writes: volume, images: [...images, request.oldImage] }, (helper) =>
    succeed(helper, text, [helper.path('volume'), ...args], what),
  )
}
