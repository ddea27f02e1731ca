import { holdsNothingToKeep } from '../knowledge/disposable.ts'
import { dataMount } from '../model/coverage.ts'
import { isWithin, type Mount, type Service } from '../model/project.ts'
import type { Rule } from '../rule.ts'

export const anonymousVolume: Rule = {
  id: 'anonymous-volume',
  category: 'volume',
  severity: 'warning',
  summary: 'Give a volume that holds data a name',
  doc: `A mount with a path and no source gets an anonymous volume. \`docker compose down\` followed by \`up\` makes a new
one and leaves the old behind under a name of 64 digits, where \`docker volume prune\` removes it.

Give it a name and declare that under \`volumes:\`. Nothing is said of directories that hold nothing worth keeping
(\`node_modules\`, caches), nor of those that keep a bind mount above them from hiding files of the image. Where a
database keeps its data this is an error.`,
  fixable: false,
  examples: {
    bad: [
      { compose: 'services:\n  app:\n    image: example/app\n    volumes:\n      - /var/lib/app\n' },
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - type: volume\n        target: /var/lib/app\n',
      },
      { compose: 'services:\n  db:\n    image: mariadb:11\n    volumes:\n      - /var/lib/mysql\n' },
    ],
    good: [
      {
        compose:
          'services:\n  web:\n    image: node:22\n    volumes:\n      - .:/app\n      - /app/node_modules\n',
        files: { 'package.json': '{}' },
      },
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - data:/var/lib/app\nvolumes:\n  data:\n',
      },
    ],
  },
  *check({ services }) {
    for (const service of services) {
      for (const mount of service.mounts) {
        if (mount.type !== 'volume' || mount.sourceText !== undefined || isDisposable(mount, service))
          continue
        const holdsDatabase = dataMount(service) === mount
        if (service.forDevelopment) continue
        yield {
          at: mount.at,
          subject: { service: service.name, target: mount.target },
          severity: holdsDatabase ? 'error' : 'warning',
          message: `${mount.target} is in an anonymous volume${
            holdsDatabase ? `, and ${service.database?.title} keeps its data there` : ''
          }: after down and up it is a new, empty one.`,
          cure: `Give it a name, as in data:${mount.target}, and declare that under volumes.`,
        }
      }
    }
  },
}

function isDisposable({ target }: Mount, { mounts }: Service): boolean {
  if (holdsNothingToKeep(target)) return true
  return mounts.some(
    (other) => other.type === 'bind' && other.target !== target && isWithin(target, other.target),
  )
}
