import { dataMount, volumeOfMount } from '../model/coverage.ts'
import type { Rule } from '../rule.ts'
import { textOf } from '../../compose/node.ts'

export const databaseOnTmpfs: Rule = {
  id: 'database-on-tmpfs',
  category: 'tmpfs',
  severity: 'error',
  summary: 'Do not keep the data of a database in memory',
  doc: `The data directory of a database is a tmpfs: it is in memory, and gone when the container stops. For tests
that is a good thing; nothing is said of services whose profile, name or file says that they are for tests or
development, nor of caches.`,
  fixable: false,
  examples: {
    bad: [
      { compose: 'services:\n  db:\n    image: mysql:8.4\n    tmpfs:\n      - /var/lib/mysql\n' },
      {
        compose:
          'services:\n  db:\n    image: postgres:17\n    volumes:\n      - pgdata:/var/lib/postgresql/data\nvolumes:\n  pgdata:\n    driver_opts:\n      type: tmpfs\n      device: tmpfs\n',
      },
    ],
    good: [
      {
        compose:
          'services:\n  db:\n    image: mysql:8.4\n    profiles: [test]\n    tmpfs:\n      - /var/lib/mysql\n',
      },
      { compose: 'services:\n  cache:\n    image: redis:8\n    tmpfs:\n      - /data\n' },
    ],
  },
  *check(project) {
    for (const service of project.services) {
      const { database, name, forDevelopment } = service
      const mount = dataMount(service)
      if (database === undefined || database.cache || mount === undefined || forDevelopment) continue
      const volume = volumeOfMount(project, mount)
      const inMemory = mount.type === 'tmpfs' || textOf(volume?.driverOptions.get('type')) === 'tmpfs'
      if (!inMemory) continue
      yield {
        at: mount.at,
        subject: {
          service: name,
          target: mount.target,
          ...(volume === undefined ? {} : { volume: volume.key }),
        },
        severity: database.rebuildable ? 'warning' : 'error',
        message: `${database.title} keeps its data in memory: it is gone when the container stops.`,
        cure: 'Mount a named volume there; for tests, say so with a profile.',
      }
    }
  },
}
