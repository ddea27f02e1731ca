import { usesByVolume } from '../model/coverage.ts'
import { textOf } from '../../compose/node.ts'
import type { Rule } from '../rule.ts'

export const volumeSubpath: Rule = {
  id: 'volume-subpath',
  category: 'volume',
  severity: 'warning',
  summary: 'Mount a part of a volume only when somebody makes it',
  doc: `\`volume.subpath\` mounts a directory of a volume, which must be there when the container starts: Docker does not
make it, and the start fails. Where every service mounts a part of the volume, nobody can make any.

Mount the whole volume in a service that makes the directories first, or take a volume for each. A sub-path that is
absolute or leaves the volume is refused (an error).`,
  fixable: false,
  examples: {
    bad: [
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - type: volume\n        source: data\n        target: /data\n        volume:\n          subpath: app\nvolumes:\n  data:\n',
      },
    ],
    good: [
      {
        compose:
          'services:\n  prepare:\n    image: busybox:1.37\n    command: mkdir -p /all/app\n    volumes:\n      - data:/all\n  app:\n    image: example/app\n    volumes:\n      - type: volume\n        source: data\n        target: /data\n        volume:\n          subpath: app\nvolumes:\n  data:\n',
      },
    ],
  },
  *check(project) {
    const { services, volumes } = project
    const wholes = new Set(
      [...usesByVolume(project)]
        .filter(([, uses]) => uses.some(({ mount }) => mount.subpath === undefined))
        .map(([key]) => key),
    )
    const external = new Set(volumes.filter((volume) => volume.external).map(({ key }) => key))
    for (const { name, mounts } of services) {
      for (const { type, source, subpath, target } of mounts) {
        const path = textOf(subpath)
        if (subpath === undefined || path === undefined || type !== 'volume' || source === undefined) continue
        const outside = path.startsWith('/') || path.split('/').includes('..')
        if (!outside && (wholes.has(source) || external.has(source))) continue
        yield {
          at: subpath,
          subject: { service: name, target, volume: source },
          severity: outside ? 'error' : 'warning',
          message: outside
            ? `The sub-path ${path} is not inside the volume, and Docker refuses it.`
            : `Nobody makes ${path} in "${source}": every service mounts a part of it, and the first start fails.`,
          cure: outside
            ? 'Write it relative to the volume.'
            : 'Mount the whole volume in a service that makes it first.',
        }
      }
    }
  },
}
