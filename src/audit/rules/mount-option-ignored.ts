import type { Mount } from '../model/project.ts'
import type { Rule } from '../rule.ts'

export const mountOptionIgnored: Rule = {
  id: 'mount-option-ignored',
  category: 'volume',
  severity: 'info',
  summary: 'Give a mount only options that it takes',
  doc: `A mount has an option that is for another type of mount: \`nocopy\` for something that is not a volume, or a
section \`bind:\`, \`volume:\` or \`tmpfs:\` that is not of the mount's own type. It has no effect, and whoever wrote it
believes that it has.`,
  fixable: false,
  examples: {
    bad: [
      { compose: 'services:\n  app:\n    image: example/app\n    volumes:\n      - /srv/app:/data:nocopy\n' },
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - type: volume\n        source: data\n        target: /data\n        bind:\n          create_host_path: false\nvolumes:\n  data:\n',
      },
    ],
    good: [
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - data:/data:nocopy\nvolumes:\n  data:\n',
      },
    ],
  },
  *check({ services }) {
    for (const { name, mounts } of services) {
      for (const mount of mounts) {
        const option = strayOption(mount)
        if (option === undefined) continue
        yield {
          at: mount.at,
          subject: { service: name, target: mount.target },
          message: `${option} has no effect on a mount of type ${mount.type}.`,
          cure: 'Remove it, or give the mount the type that was meant.',
        }
      }
    }
  },
}

function strayOption({ type, noCopy, options }: Mount): string | undefined {
  if (type === 'other') return undefined
  if (noCopy && type !== 'volume') return 'nocopy'
  return options.find((option) => option !== type)
}
