import { aContainer, aMount, anImage, aVolume, holding } from '../live/example-parts.ts'
import { contentsOf, subjectOf, volumeOf, writtenMount } from '../live/live.ts'
import type { LiveRule } from '../rule.ts'

const image = anImage('example/app:2')
const inImage = new Map([
  [image.id, { libc: undefined, users: new Map(), below: new Map([['/app', ['server.js', 'plugins']]]) }],
])

export const mountHidesImageFiles: LiveRule = {
  id: 'mount-hides-image-files',
  category: 'volume',
  severity: 'info',
  summary: 'Know which files of the image a mount hides',
  doc: `The image has files where something is mounted, and the container does not see them.

A bind mount always hides them. A named volume got a copy of them when it was empty, once: what a newer image brings at
that place never reaches the container, which goes on with the files of the first one. This is how an update of an
application changes nothing. Mount the volume at the directory that the application writes to, and leave its program
in the image.

Often it is meant (the source tree in development, a directory of settings), so it is a note. A volume is spoken of only
when it lacks names that the image has.`,
  fixable: false,
  examples: {
    bad: [
      {
        shown:
          '$ docker run --rm --entrypoint ls example/app:2 /app\nplugins  server.js\n$ docker run -d --name app -v ./app:/app example/app:2',
        seen: {
          containers: [
            aContainer({ name: 'app', image: 'example/app:2', allMounts: [aMount('/home/me/app:/app')] }),
          ],
          images: [image],
          imageContents: inImage,
        },
      },
      {
        shown:
          '$ docker run --rm --entrypoint ls example/app:2 /app\nplugins  server.js\n$ docker run --rm -v code:/app busybox ls /app\nserver.js\n$ docker run -d --name app -v code:/app example/app:2',
        seen: {
          containers: [aContainer({ name: 'app', image: 'example/app:2', allMounts: [aMount('code:/app')] })],
          images: [image],
          imageContents: inImage,
          volumes: [aVolume('code')],
          contents: new Map([['code', holding({ names: ['server.js'] })]]),
        },
      },
    ],
    good: [
      {
        shown: '$ docker run -d --name app -v code:/app example/app:2',
        seen: {
          containers: [aContainer({ name: 'app', image: 'example/app:2', allMounts: [aMount('code:/app')] })],
          images: [image],
          imageContents: inImage,
          volumes: [aVolume('code')],
          contents: new Map([['code', holding({ names: ['plugins', 'server.js', 'uploads'] })]]),
        },
      },
    ],
  },
  *checkLive(live) {
    for (const container of live.containers)
      for (const mount of container.allMounts) {
        const names = container.imageContents?.below.get(mount.destination) ?? []
        if (names.length === 0 || mount.type === 'tmpfs') continue
        const volume = volumeOf(live, mount)
        // What a volume holds is only told when it was looked into; one of a share may be anything.
        const contents = contentsOf(live, mount)
        if (mount.type === 'volume' && contents === undefined) continue
        const has = new Set(contents?.names)
        const hidden = names.filter((name) => !has.has(name))
        if (hidden.length === 0) continue
        const [first, ...rest] = hidden.slice(0, 5)
        const more = hidden.length - 1 - rest.length
        const list = [first, ...rest].join(', ') + (more > 0 ? ` and ${more} more` : '')
        yield {
          at: writtenMount(container, mount),
          subject: { ...subjectOf(container), target: mount.destination },
          message:
            volume === undefined
              ? `The mount at ${mount.destination} of ${container.name} hides files of the image: ${list}.`
              : `The image of ${container.name} has files at ${mount.destination} that the volume ${volume.name} does not have, so that the container does not see them: ${list}.`,
          cure: 'If the container needs them, mount at the directory that it writes to, and not above its program.',
        }
      }
  },
}
