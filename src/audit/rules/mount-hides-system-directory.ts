import type { Rule } from '../rule.ts'

export const mountHidesSystemDirectory: Rule = {
  id: 'mount-hides-system-directory',
  category: 'volume',
  severity: 'error',
  summary: 'Do not mount over the system directories of an image',
  doc: `A mount hides what the image has at that place. Over \`/usr\`, \`/lib\`, \`/bin\` or \`/etc\` that is the system
itself: a bind mount leaves the container without it, and a named volume takes a copy at the first start that no later
image ever updates, security fixes included.

Mount the file or the directory below that is meant.`,
  fixable: false,
  examples: {
    bad: [
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - etc:/etc\nvolumes:\n  etc:\n',
      },
      { compose: 'services:\n  app:\n    image: example/app\n    volumes:\n      - /srv/usr:/usr\n' },
    ],
    good: [
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - conf:/etc/app\nvolumes:\n  conf:\n',
      },
      {
        compose:
          'services:\n  app:\n    image: example/app\n    tmpfs:\n      - /tmp:size=64m\n      - /run:size=8m\n',
      },
    ],
  },
  *check({ services }) {
    for (const { name, mounts } of services) {
      for (const { type, target, at } of mounts) {
        if (type === 'other' || !systemDirectories.test(target)) continue
        // The image has nothing there: the kernel fills them, and programs that watch the host mount the host's.
        if (type === 'bind' && /^\/(dev|proc|sys)$/.test(target)) continue
        yield {
          at,
          subject: { service: name, target },
          message: `A mount at ${target} hides what the image has there, which its programs need${
            type === 'volume' ? '; the copy in the volume is never updated by a new image' : ''
          }.`,
          cure: 'Mount the directory below it that is meant.',
        }
      }
    }
  },
}

const systemDirectories =
  /^\/(|bin|sbin|lib|lib32|lib64|usr|usr\/(bin|sbin|lib|lib64|local\/bin|local\/lib)|etc|dev|proc|sys|boot)$/
