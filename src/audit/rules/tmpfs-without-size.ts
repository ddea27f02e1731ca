import type { Rule } from '../rule.ts'
import { valueAt, type Node } from '../../compose/node.ts'

export const tmpfsWithoutSize: Rule = {
  id: 'tmpfs-without-size',
  category: 'tmpfs',
  severity: 'info',
  summary: 'Give a tmpfs a size',
  doc: `A tmpfs without a size may grow to half of the host's memory. A program that fills it takes that from the
others, and the kernel may end a database for it.

Say how much it may take: \`tmpfs: /tmp:size=64m\`, or \`tmpfs.size\` in the long syntax. Nothing is said where the
service has a limit of memory, which counts its tmpfs as well.`,
  fixable: false,
  examples: {
    bad: [
      { compose: 'services:\n  app:\n    image: example/app\n    tmpfs: /tmp\n' },
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - type: tmpfs\n        target: /tmp\n',
      },
    ],
    good: [
      { compose: 'services:\n  app:\n    image: example/app\n    tmpfs: /tmp:size=64m,mode=1777\n' },
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - type: tmpfs\n        target: /tmp\n        tmpfs:\n          size: 64m\n',
      },
      { compose: 'services:\n  app:\n    image: example/app\n    mem_limit: 512m\n    tmpfs: /tmp\n' },
    ],
  },
  *check({ services }) {
    for (const { name, mounts, node, forDevelopment } of services) {
      if (forDevelopment || hasMemoryLimit(node)) continue
      for (const { type, tmpfsSize, at, target } of mounts) {
        if (type !== 'tmpfs' || tmpfsSize) continue
        yield {
          at,
          subject: { service: name, target },
          message: `The tmpfs at ${target} has no size: it may take half of the host's memory.`,
          cure: `Give it one, as in ${target}:size=64m.`,
        }
      }
    }
  },
}

function hasMemoryLimit(node: Node): boolean {
  return (
    valueAt(node, 'mem_limit') !== undefined ||
    valueAt(node, 'deploy', 'resources', 'limits', 'memory') !== undefined
  )
}
