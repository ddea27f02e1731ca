import { aContainer, aMount, anonymous, anImage, aVolume, holding } from '../live/example-parts.ts'
import {
  holderOf,
  shownVolume,
  subjectOf,
  volumeOf,
  writtenMount,
  type Live,
  type LiveContainer,
} from '../live/live.ts'
import type { InspectedMount } from '../../docker/inspection.ts'
import { looksMeantForData } from '../model/near-miss.ts'
import type { LiveRule } from '../rule.ts'

const image18 = anImage('postgres:18', {
  volumes: ['/var/lib/postgresql'],
  environment: { PG_MAJOR: '18', PGDATA: '/var/lib/postgresql/18/docker' },
})

export const databaseOutsideItsVolume: LiveRule = {
  id: 'database-outside-its-volume',
  category: 'database',
  severity: 'error',
  summary: 'Have a running database write into the volume that was made for it',
  doc: `A container runs a database, a volume is mounted that looks as if it were for its data, and the data directory
that the server really has lies elsewhere: in an anonymous volume or in the container's own layer. All looks well until
the container is made anew; then the database is empty.

The usual cases: Postgres 18 and later with the volume at \`/var/lib/postgresql/data\`, and earlier ones with it at
\`/var/lib/postgresql\`. The rule \`database-mount-path\` says the same of files, by the name of the image; this one asks
the container for its \`PGDATA\`, and knows images that are built on the official ones.

The data that is there now has to be copied before the mount is put right: mounting elsewhere starts with an empty
database.`,
  fixable: false,
  examples: {
    bad: [
      {
        shown: '$ docker run -d --name db -v pgdata:/var/lib/postgresql/data postgres:18',
        seen: {
          containers: [
            aContainer({
              name: 'db',
              image: 'postgres:18',
              environment: image18.environment,
              allMounts: [
                aMount('pgdata:/var/lib/postgresql/data'),
                aMount(`${anonymous}:/var/lib/postgresql`),
              ],
            }),
          ],
          images: [image18],
          volumes: [aVolume('pgdata'), aVolume(anonymous)],
          contents: new Map([['pgdata', holding({ empty: true, names: [] })]]),
        },
      },
    ],
    good: [
      {
        shown: '$ docker run -d --name db -v pgdata:/var/lib/postgresql postgres:18',
        seen: {
          containers: [
            aContainer({
              name: 'db',
              image: 'postgres:18',
              environment: image18.environment,
              allMounts: [aMount('pgdata:/var/lib/postgresql')],
            }),
          ],
          images: [image18],
          volumes: [aVolume('pgdata')],
        },
      },
    ],
  },
  *checkLive(live) {
    for (const container of live.containers) {
      const { database, name } = container
      const directory = database?.directory
      if (database === undefined || directory === undefined) continue
      const holder = holderOf(container, directory)
      if (holder !== undefined && !isAnonymousVolume(live, holder)) continue
      const meant = container.allMounts.filter((mount) => isMeant(live, container, mount, directory))
      for (const mount of meant)
        yield {
          at: writtenMount(container, mount),
          subject: { ...subjectOf(container), target: mount.destination },
          message: `${database.title}${database.major === undefined ? '' : ` ${database.major}`} of ${name} keeps its data in ${directory}, which is in ${
            holder === undefined
              ? "the container's own layer"
              : `the anonymous volume ${holder.source.slice(0, 12)}`
          }. What is mounted at ${mount.destination} (${shownVolume({ name: mount.source })}${stateOf(live, mount)}) does not hold it.`,
          cure: `Stop the container, copy the data out of ${
            holder === undefined
              ? `it (docker cp ${name}:${directory} …)`
              : `the volume (docker vol clone ${holder.source} NAME)`
          }, and mount that at ${database.declaredVolumes.find((each) => directory.startsWith(each)) ?? directory}.`,
        }
    }
  },
}

function isAnonymousVolume(live: Live, mount: InspectedMount): boolean {
  return volumeOf(live, mount)?.anonymous === true
}

function isMeant(live: Live, { database }: LiveContainer, mount: InspectedMount, directory: string): boolean {
  if (mount.readOnly || (mount.type !== 'volume' && mount.type !== 'bind')) return false
  if (isAnonymousVolume(live, mount)) return false
  return looksMeantForData(mount.destination, database?.kind ?? '', directory)
}

function stateOf(live: Live, mount: InspectedMount): string {
  const contents = volumeOf(live, mount)?.contents
  if (contents === undefined) return ''
  if (contents.empty) return ', empty'
  return contents.databases.length > 0 ? ', with an older database' : ''
}
