import { aContainer, aMount, aVolume, holding } from '../live/example-parts.ts'
import { contentsOf, subjectOf, writtenMount } from '../live/live.ts'
import type { LiveRule } from '../rule.ts'

const nested = {
  containers: [
    aContainer({
      name: 'app',
      image: 'example/app',
      allMounts: [aMount('data:/data'), aMount('uploads:/data/uploads')],
    }),
  ],
  volumes: [aVolume('data'), aVolume('uploads')],
}

export const mountHidesMountedData: LiveRule = {
  id: 'mount-hides-mounted-data',
  category: 'volume',
  severity: 'warning',
  summary: 'Do not mount over a directory of a volume that holds something',
  doc: `Something is mounted inside a volume, at a directory that holds something in the volume itself. The container does
not see that any more: as when a part of the data was to be moved to a volume of its own, and never was, or when the
mount of a database was put at another level and the old data lies below the new one.

Copies of the inner volume do not have it, and copies of the outer one look as if it were current. Move it where it
belongs (\`docker run --rm -v OUTER:/outer -v INNER:/inner …\`), or remove it.`,
  fixable: false,
  examples: {
    bad: [
      {
        shown:
          '$ docker run --rm -v data:/v busybox ls /v/uploads\nphoto.jpg\n$ docker run -d --name app -v data:/data -v uploads:/data/uploads example/app',
        seen: {
          ...nested,
          contents: new Map([['data', holding({ names: ['uploads'], hidden: ['uploads'] })]]),
        },
      },
    ],
    good: [
      {
        shown:
          '$ docker run --rm -v data:/v busybox ls /v/uploads\n$ docker run -d --name app -v data:/data -v uploads:/data/uploads example/app',
        seen: { ...nested, contents: new Map([['data', holding({ names: ['uploads'] })]]) },
      },
    ],
  },
  *checkLive(live) {
    for (const container of live.containers)
      for (const outer of container.allMounts)
        for (const path of contentsOf(live, outer)?.hidden ?? []) {
          const destination = `${outer.destination}/${path}`
          const inner = container.allMounts.find((mount) => mount.destination === destination)
          if (inner === undefined) continue
          yield {
            at: writtenMount(container, inner),
            subject: { ...subjectOf(container), target: destination },
            message: `The volume ${outer.source} holds something in ${path}, and ${container.name} has ${inner.type === 'tmpfs' ? 'a tmpfs' : inner.source} mounted over it at ${destination}: it does not see it.`,
            cure: 'Move what is there to where it belongs, or remove it.',
          }
        }
  },
}
