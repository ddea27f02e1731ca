import type { Mount } from '../model/project.ts'
import type { Rule } from '../rule.ts'

export const mountTargetDuplicate: Rule = {
  id: 'mount-target-duplicate',
  category: 'volume',
  severity: 'error',
  summary: 'Mount one thing at one place',
  doc: `Two mounts of a service have the same path in the container. One hides the other, or Docker refuses the
container; which data the service then writes is decided by the order in which Compose lists them.`,
  fixable: false,
  examples: {
    bad: [
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - data:/data\n      - ./data:/data/\nvolumes:\n  data:\n',
        files: { 'data/x': '' },
      },
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - data:/data\n    tmpfs: /data\nvolumes:\n  data:\n',
      },
    ],
    good: [
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - data:/data\n      - more:/data/more\nvolumes:\n  data:\n  more:\n',
      },
    ],
  },
  *check({ services }) {
    for (const { name, mounts } of services) {
      const first = new Map<string, Mount>()
      for (const mount of mounts) {
        const other = first.get(mount.target)
        if (other === undefined) {
          first.set(mount.target, mount)
          continue
        }
        yield {
          at: mount.at,
          subject: { service: name, target: mount.target },
          message: `${describe(other)} and ${describe(mount)} are both mounted at ${mount.target}: one hides the other.`,
          cure: 'Keep the one that holds the data.',
        }
      }
    }
  },
}

function describe({ type, sourceText }: Mount): string {
  return sourceText ?? (type === 'tmpfs' ? 'a tmpfs' : 'an anonymous volume')
}
