import { dataMount, volumeOfMount } from '../model/coverage.ts'
import { networkTypeOf } from '../model/driver-options.ts'
import type { Rule } from '../rule.ts'

export const databaseOnNetworkVolume: Rule = {
  id: 'database-on-network-volume',
  category: 'database',
  severity: 'warning',
  summary: 'Keep the data of a database on a local disk',
  doc: `The volume that holds the data of a database is an NFS or CIFS share. Databases rely on locks, on renames and
on \`fsync\` meaning what it says; over a network these depend on the server, the mount options and the moment. A short
outage can leave the server with a corrupt file, and nothing keeps a second server from opening the same data.

Keep the data on a local volume and send backups to the share, or use a database that is run for you.`,
  fixable: false,
  examples: {
    bad: [
      {
        compose:
          'services:\n  db:\n    image: postgres:17\n    volumes:\n      - pgdata:/var/lib/postgresql/data\nvolumes:\n  pgdata:\n    driver_opts:\n      type: nfs\n      o: addr=nas.example.com,rw,hard\n      device: :/exports/pgdata\n',
      },
    ],
    good: [
      {
        compose:
          'services:\n  db:\n    image: postgres:17\n    volumes:\n      - pgdata:/var/lib/postgresql/data\n      - backups:/backups\nvolumes:\n  pgdata:\n  backups:\n    driver_opts:\n      type: nfs\n      o: addr=nas.example.com,rw,hard\n      device: :/exports/backups\n',
      },
    ],
  },
  *check(project) {
    for (const service of project.services) {
      const mount = dataMount(service)
      const volume = mount === undefined ? undefined : volumeOfMount(project, mount)
      const network = volume === undefined ? undefined : networkTypeOf(volume)
      if (mount === undefined || volume === undefined || network === undefined) continue
      yield {
        at: mount.at,
        subject: { service: service.name, target: mount.target, volume: volume.key },
        message: `${service.database?.title} keeps its data on the ${network} share "${volume.key}": locks and syncs are not what it relies on, and an outage can corrupt it.`,
        cure: 'Keep the data in a local volume, and send backups to the share.',
      }
    }
  },
}
