import { dataMount } from '../model/coverage.ts'
import type { Rule } from '../rule.ts'

export const imageVolumeUncovered: Rule = {
  id: 'image-volume-uncovered',
  category: 'volume',
  severity: 'info',
  summary: 'Cover the volumes that an image declares',
  doc: `The image declares a volume and nothing is mounted there, so that Docker makes an anonymous volume for every
new container. The data itself is mounted elsewhere and safe; the anonymous volumes pile up, each of them looking like
one that could hold a database.

The usual case is Postgres 18 with \`PGDATA\` set to the path of older versions. Mount at the declared path, or mount a
tmpfs over it.`,
  fixable: false,
  examples: {
    bad: [
      {
        compose:
          'services:\n  db:\n    image: postgres:18\n    environment:\n      PGDATA: /srv/pgdata\n    volumes:\n      - pgdata:/srv/pgdata\nvolumes:\n  pgdata:\n',
      },
    ],
    good: [
      {
        compose:
          'services:\n  db:\n    image: postgres:18\n    volumes:\n      - pgdata:/var/lib/postgresql\nvolumes:\n  pgdata:\n',
      },
    ],
  },
  *check({ services }) {
    for (const service of services) {
      const { database, mounts, name, mountsOpen, imageAt } = service
      if (database === undefined || mountsOpen || dataMount(service) === undefined) continue
      for (const declared of database.declaredVolumes) {
        if (mounts.some(({ target }) => target === declared)) continue
        yield {
          at: imageAt,
          subject: { service: name, target: declared },
          message: `The image declares a volume at ${declared} and nothing is mounted there: every new container leaves an anonymous volume behind.`,
          cure: `Mount the volume at ${declared}, or a tmpfs if nothing is kept there.`,
        }
      }
    }
  },
}
