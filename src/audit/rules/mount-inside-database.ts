import { dataMount } from '../model/coverage.ts'
import { isWithin } from '../model/project.ts'
import type { Rule } from '../rule.ts'

export const mountInsideDatabase: Rule = {
  id: 'mount-inside-database',
  category: 'database',
  severity: 'warning',
  summary: 'Mount nothing inside the data directory of a database',
  doc: `Something is mounted below the directory in which a database keeps its data. Docker makes the mount point in
the volume before the server's first start, and \`initdb\` and its like refuse a directory that is not empty. Files of the
database that land there are missing from a copy of the volume.

Configuration and backups belong elsewhere in the container. Nothing is said of \`pg_wal\` and of tablespaces, which are
put on volumes of their own on purpose; a backup must then take all of them at one moment.`,
  fixable: false,
  examples: {
    bad: [
      {
        compose:
          'services:\n  db:\n    image: postgres:17\n    volumes:\n      - pgdata:/var/lib/postgresql/data\n      - ./backups:/var/lib/postgresql/data/backups\nvolumes:\n  pgdata:\n',
        files: { 'backups/.keep': '' },
      },
    ],
    good: [
      {
        compose:
          'services:\n  db:\n    image: postgres:17\n    volumes:\n      - pgdata:/var/lib/postgresql/data\n      - ./backups:/backups\nvolumes:\n  pgdata:\n',
        files: { 'backups/.keep': '' },
      },
      {
        compose:
          'services:\n  db:\n    image: postgres:17\n    volumes:\n      - pgdata:/var/lib/postgresql/data\n      - wal:/var/lib/postgresql/data/pg_wal\nvolumes:\n  pgdata:\n  wal:\n',
      },
    ],
  },
  *check({ services }) {
    for (const service of services) {
      const directory = service.database?.directory
      if (directory === undefined || service.database?.cache === true || dataMount(service) === undefined)
        continue
      for (const { target, at } of service.mounts) {
        if (target === directory || !isWithin(target, directory)) continue
        if (/\/(pg_wal|pg_tblspc|pg_stat_tmp|binlogs?|#?innodb_redo)(\/|$)/.test(target)) continue
        yield {
          at,
          subject: { service: service.name, target },
          message: `${target} lies inside the data of ${service.database?.title}: the first start finds a directory that is not empty, and refuses it.`,
          cure: 'Mount it outside of the data directory.',
        }
      }
    }
  },
}
