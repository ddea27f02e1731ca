import { aContainer, aMount, aVolume, holding } from '../live/example-parts.ts'
import { contentsOf, subjectOf, writtenMount, type LiveContainer } from '../live/live.ts'
import type { Owner } from '../live/seen.ts'
import type { LiveRule } from '../rule.ts'

export const mountNotOwnedByUser: LiveRule = {
  id: 'mount-not-owned-by-user',
  category: 'volume',
  severity: 'warning',
  summary: 'Give a volume to the user that the container runs as',
  doc: `The container runs as a user who is not root, and the root of a volume that is mounted writable belongs to
somebody else, with a mode that lets this user write nothing there. Programs then fail, or write elsewhere: into the
container's own layer, where data is lost.

It comes from a volume that root filled, from \`user:\` set later, from another image with other numbers, and from a
restore as another user. An empty volume gets the owner of the directory in the image when it is first mounted, so let
the image have one (\`RUN install -d -o app /data\`).

Nothing is said of containers that start as root, nor where the number of the user or its groups cannot be told.`,
  fixable: false,
  examples: {
    bad: [
      {
        shown:
          "$ docker run -d --name app --user 1000:1000 -v data:/data example/app\n$ docker exec app touch /data/x\ntouch: cannot touch '/data/x': Permission denied",
        seen: {
          containers: [
            aContainer({
              name: 'app',
              image: 'example/app',
              user: '1000:1000',
              allMounts: [aMount('data:/data')],
            }),
          ],
          volumes: [aVolume('data')],
          contents: new Map([['data', holding()]]),
        },
      },
    ],
    good: [
      {
        shown:
          '$ docker run -d --name app --user 1000:1000 -v data:/data example/app\n$ docker exec app touch /data/x',
        seen: {
          containers: [
            aContainer({
              name: 'app',
              image: 'example/app',
              user: '1000:1000',
              allMounts: [aMount('data:/data')],
            }),
          ],
          volumes: [aVolume('data')],
          contents: new Map([['data', holding({ root: { uid: 1000, gid: 1000, mode: 0o755 } })]]),
        },
      },
      {
        shown: '$ docker run -d --name app --user 1000:1000 -v data:/data:ro example/app',
        seen: {
          containers: [
            aContainer({
              name: 'app',
              image: 'example/app',
              user: '1000:1000',
              allMounts: [aMount('data:/data:ro')],
            }),
          ],
          volumes: [aVolume('data')],
          contents: new Map([['data', holding()]]),
        },
      },
    ],
  },
  *checkLive(live) {
    for (const container of live.containers) {
      const user = userOf(container)
      if (user === undefined || user.uid === 0) continue
      for (const mount of container.allMounts) {
        const root = contentsOf(live, mount)?.root
        if (root === undefined || mount.readOnly || mayWrite(user, root)) continue
        yield {
          at: writtenMount(container, mount),
          subject: { ...subjectOf(container), target: mount.destination },
          message: `${container.name} runs as user ${container.user} and cannot write at ${mount.destination}: the volume ${mount.source} belongs to ${root.uid}:${root.gid} with mode ${root.mode.toString(8)}.`,
          cure: `Give it the volume once (docker run --rm -v ${mount.source}:/v busybox chown ${user.uid}${user.gid === undefined ? '' : `:${user.gid}`} /v, with -R for what is in it), or mount it read-only.`,
        }
      }
    }
  },
}

type User = { readonly uid: number; readonly gid: number | undefined }

/** `1000`, `1000:1000`, `app`, `app:app`; a name is looked up in the image. */
function userOf({ user, imageContents }: LiveContainer): User | undefined {
  const [name = '', group] = user.split(':')
  if (name === '') return undefined
  const known = imageContents?.users.get(name)
  const uid = /^\d+$/.test(name) ? Number(name) : known?.uid
  if (uid === undefined) return undefined
  const gid = group === undefined ? known?.gid : /^\d+$/.test(group) ? Number(group) : undefined
  return { uid, gid }
}

/** Whether it may, or whether that cannot be told: it may be in further groups. */
function mayWrite({ uid }: User, root: Owner): boolean {
  if (uid === root.uid) return (root.mode & 0o200) !== 0
  return (root.mode & 0o022) !== 0
}
