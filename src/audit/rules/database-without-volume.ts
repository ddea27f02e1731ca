import { dataMount } from '../model/coverage.ts'
import type { Rule } from '../rule.ts'
import { isNearMiss } from '../model/near-miss.ts'

export const databaseWithoutVolume: Rule = {
  id: 'database-without-volume',
  category: 'database',
  severity: 'error',
  summary: 'Keep the data of a database in a named volume',
  doc: `Nothing is mounted where the database keeps its data. The data then lies in the container's own layer, or,
where the image declares a volume for it, in an anonymous one: \`docker compose down\` removes the container, and the
next \`up\` starts with an empty database.

Mount a named volume at the data directory. Nothing is said of caches (Redis without a volume), of services for
development and tests (by their profile, name or file), and where variables leave the data directory open. What can be
built again from elsewhere (search indexes, message queues) is a warning.`,
  fixable: false,
  examples: {
    bad: [
      { compose: 'services:\n  db:\n    image: postgres:17\n' },
      {
        compose:
          'services:\n  db:\n    image: mysql:8.4\n    volumes:\n      - ./init:/docker-entrypoint-initdb.d:ro\n',
      },
    ],
    good: [
      {
        compose:
          'services:\n  db:\n    image: postgres:17\n    volumes:\n      - pgdata:/var/lib/postgresql/data\nvolumes:\n  pgdata:\n',
      },
      { compose: 'services:\n  cache:\n    image: redis:8\n' },
      { compose: 'services:\n  db-test:\n    image: postgres:17\n' },
    ],
  },
  *check({ services }) {
    for (const service of services) {
      const { database, name, mounts, mountsOpen, forDevelopment, imageAt } = service
      const directory = database?.directory
      if (database === undefined || directory === undefined || mountsOpen || forDevelopment) continue
      if (dataMount(service) !== undefined) continue
      if (mounts.some((mount) => isNearMiss(mount, service))) continue
      if (database.cache && !asksToKeep(service.command)) continue
      const anonymous = database.declaredVolumes.length > 0
      yield {
        at: imageAt,
        subject: { service: name, target: directory },
        severity: database.rebuildable || database.cache ? 'warning' : 'error',
        message: `${database.title} keeps its data in ${directory}, and nothing is mounted there: it ends in ${
          anonymous ? 'an anonymous volume that the next container does not get' : "the container's own layer"
        }.`,
        cure: `Mount a named volume at ${database.declaredVolumes[0] ?? directory}.`,
      }
    }
  },
}

/** Redis told to write every change down is no cache. */
function asksToKeep(command: readonly string[]): boolean {
  return /--appendonly[ =]yes/.test(command.join(' '))
}
