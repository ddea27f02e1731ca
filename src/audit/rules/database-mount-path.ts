import { dataMount } from '../model/coverage.ts'
import type { Rule } from '../rule.ts'
import { isNearMiss } from '../model/near-miss.ts'

export const databaseMountPath: Rule = {
  id: 'database-mount-path',
  category: 'database',
  severity: 'error',
  summary: "Mount a database's volume where it keeps its data",
  doc: `A volume is mounted, and the database writes elsewhere: the volume stays empty while the data goes into an
anonymous volume or the container's layer, and is gone with the container.

The usual cases: Postgres 18 and later keep their data in \`/var/lib/postgresql/MAJOR/docker\` and want the volume at
\`/var/lib/postgresql\`, where 17 and earlier want it at \`/var/lib/postgresql/data\` and hide a mount one level up behind
an anonymous volume. MongoDB does the same with \`/data\` and \`/data/db\`.

A database that already ran this way has its data in an anonymous volume: copy it before you change the path and
remove the container (\`docker inspect CONTAINER\` names the volume).`,
  fixable: false,
  examples: {
    bad: [
      {
        compose:
          'services:\n  db:\n    image: postgres:18\n    volumes:\n      - pgdata:/var/lib/postgresql/data\nvolumes:\n  pgdata:\n',
      },
      {
        compose:
          'services:\n  db:\n    image: postgres:16-alpine\n    volumes:\n      - pgdata:/var/lib/postgresql\nvolumes:\n  pgdata:\n',
      },
      {
        compose:
          'services:\n  db:\n    image: mongo:7\n    volumes:\n      - data:/data\nvolumes:\n  data:\n',
      },
    ],
    good: [
      {
        compose:
          'services:\n  db:\n    image: postgres:18\n    volumes:\n      - pgdata:/var/lib/postgresql\nvolumes:\n  pgdata:\n',
      },
      {
        compose:
          'services:\n  db:\n    image: postgres:18\n    environment:\n      PGDATA: /var/lib/postgresql/data/pgdata\n    volumes:\n      - pgdata:/var/lib/postgresql/data\nvolumes:\n  pgdata:\n',
      },
      {
        compose:
          'services:\n  db:\n    image: postgres\n    volumes:\n      - pgdata:/var/lib/postgresql/data\nvolumes:\n  pgdata:\n',
      },
    ],
  },
  *check({ services }) {
    for (const service of services) {
      const { database, name, mounts, mountsOpen } = service
      const directory = database?.directory
      if (database === undefined || directory === undefined || mountsOpen) continue
      if (dataMount(service) !== undefined) continue
      for (const mount of mounts) {
        if (!isNearMiss(mount, service)) continue
        const version = database.major === undefined ? '' : ` ${database.major}`
        const right = database.declaredVolumes[0] ?? directory
        yield {
          at: mount.at,
          subject: { service: name, target: mount.target },
          message: `${database.title}${version} keeps its data in ${directory}, which this mount at ${mount.target} does not hold: the data is lost with the container.`,
          cure:
            database.moved === undefined
              ? `Mount it at ${right}. If the database already ran like this, copy its data out of the anonymous volume first.`
              : `Mount it at ${directory}, where ${database.moved} puts the data.`,
        }
      }
    }
  },
}
