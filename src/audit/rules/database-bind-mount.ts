import { dataMount } from '../model/coverage.ts'
import type { Rule } from '../rule.ts'

export const databaseBindMount: Rule = {
  id: 'database-bind-mount',
  category: 'database',
  severity: 'info',
  summary: 'Prefer a named volume to a bind mount for a database',
  doc: `The data of a database is bind mounted from the host. On Linux that works, with care for owner and mode: the
directory must belong to the user in the container, and anything that walks the project (an editor, a backup, \`git
clean\`) can touch it. On Docker Desktop, and where the path is on a network file system, locks and syncs are not what
a database relies on, and data has been corrupted.

A named volume has none of this, and Docker looks after it.`,
  fixable: false,
  examples: {
    bad: [
      {
        compose:
          'services:\n  db:\n    image: postgres:17\n    volumes:\n      - ./pgdata:/var/lib/postgresql/data\n',
      },
    ],
    good: [
      {
        compose:
          'services:\n  db:\n    image: postgres:17\n    volumes:\n      - pgdata:/var/lib/postgresql/data\nvolumes:\n  pgdata:\n',
      },
      {
        compose:
          'services:\n  db:\n    image: postgres:17\n    volumes:\n      - pgdata:/var/lib/postgresql/data\n      - ./init:/docker-entrypoint-initdb.d:ro\nvolumes:\n  pgdata:\n',
      },
    ],
  },
  *check({ services }) {
    for (const service of services) {
      const mount = dataMount(service)
      if (mount?.type !== 'bind' || service.forDevelopment) continue
      yield {
        at: mount.at,
        subject: { service: service.name, target: mount.target },
        message: `${service.database?.title} keeps its data in the host's ${mount.sourceText}: on Docker Desktop and on network file systems that corrupts databases, and whatever walks the folder can touch it.`,
        cure: 'Use a named volume; copy the data into it while the database is stopped.',
      }
    }
  },
}
