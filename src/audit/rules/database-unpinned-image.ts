import { keepsData } from '../model/coverage.ts'
import type { Rule } from '../rule.ts'

export const databaseUnpinnedImage: Rule = {
  id: 'database-unpinned-image',
  category: 'database',
  severity: 'warning',
  summary: 'Pin the major version of a database image',
  doc: `The image of a database has no tag, or one that names no major version (\`latest\`, \`alpine\`, \`lts\`). The day
a new major is pulled, the server refuses the data of the old one, or converts it so that there is no way back; and
Postgres 18 moved its data directory, so that the mount is in the wrong place.

Name the major version that runs now (\`docker inspect\` shows it), or pin a digest. For databases that open data of
older majors without ado this is only a note.`,
  fixable: false,
  examples: {
    bad: [
      {
        compose:
          'services:\n  db:\n    image: postgres\n    volumes:\n      - pgdata:/var/lib/postgresql\nvolumes:\n  pgdata:\n',
      },
      {
        compose:
          'services:\n  db:\n    image: mariadb:latest\n    volumes:\n      - data:/var/lib/mysql\nvolumes:\n  data:\n',
      },
    ],
    good: [
      {
        compose:
          'services:\n  db:\n    image: mariadb:11.4\n    volumes:\n      - data:/var/lib/mysql\nvolumes:\n  data:\n',
      },
      { compose: 'services:\n  cache:\n    image: redis\n' },
      {
        compose:
          'services:\n  db:\n    image: mariadb:${MARIADB_VERSION}\n    volumes:\n      - data:/var/lib/mysql\nvolumes:\n  data:\n',
      },
    ],
  },
  *check({ services }) {
    for (const service of services) {
      const { database, image, imageAt, name, forDevelopment } = service
      if (database === undefined || image === undefined || forDevelopment) continue
      if (database.major !== undefined || image.digest !== undefined) continue
      if (database.cache && !keepsData(service)) continue
      const tag = image.tag === undefined ? 'no tag' : `the tag "${image.tag}"`
      const trouble = database.majorMatters
        ? 'the day a new major version is pulled, it will not open the data, or change it for good'
        : 'which version opens the data is left to chance'
      yield {
        at: imageAt,
        subject: { service: name },
        severity: database.majorMatters ? 'warning' : 'info',
        message: `The image of ${database.title} has ${tag}: ${trouble}.`,
        cure: `Name the major version that runs now, as in ${image.repository}:17.`.replace(
          ':17',
          `:${exampleMajor[database.kind] ?? 'MAJOR'}`,
        ),
      }
    }
  },
}

const exampleMajor: Readonly<Record<string, string>> = {
  postgres: '17',
  mysql: '8.4',
  mongodb: '8.0',
  redis: '8',
}
