import type { Rule } from '../rule.ts'
import { itemsOf, textOf, valueAt } from '../../compose/node.ts'

export const volumesFrom: Rule = {
  id: 'volumes-from',
  category: 'volume',
  severity: 'info',
  summary: 'Name the volumes that a service needs instead of volumes_from',
  doc: `\`volumes_from\` mounts everything that another service mounts, at the same places and writable: its bind mounts
and anonymous volumes as well, and whatever it gets later. Nobody sees in the file what the service can reach.

Name the volumes it needs, read-only where they are only read. The writable data of a database through
\`volumes_from\` is a warning; \`:ro\` makes it a note.`,
  fixable: false,
  examples: {
    bad: [
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - data:/data\n  backup:\n    image: example/backup\n    volumes_from:\n      - app:ro\nvolumes:\n  data:\n',
      },
    ],
    good: [
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - data:/data\n  backup:\n    image: example/backup\n    volumes:\n      - data:/data:ro\nvolumes:\n  data:\n',
      },
    ],
  },
  *check({ services }) {
    for (const { name, node } of services) {
      for (const item of itemsOf(valueAt(node, 'volumes_from'))) {
        const text = textOf(item)
        if (text === undefined) continue
        const source = text.replace(/:(ro|rw)$/, '')
        const database = services.find((service) => service.name === source)?.database
        const writable = !text.endsWith(':ro')
        const risky = database !== undefined && writable
        yield {
          at: item,
          subject: { service: name },
          severity: risky ? 'warning' : 'info',
          message: risky
            ? `${name} may write the data of ${database.title} in ${source} under the running server.`
            : `${name} mounts whatever ${source} mounts, now and later.`,
          cure: 'Name the volumes that it needs, with :ro where it only reads.',
        }
      }
    }
  },
}
