import path from 'node:path'
import type { DatabaseFacts } from '../../facts.ts'
import type { Severity } from '../finding.ts'
import type { DatabaseFacts as ServerFacts } from '../knowledge/databases.ts'
import { aContainer, aMount, anImage, aVolume, holding, ofService } from '../live/example-parts.ts'
import { subjectOf, volumeOf, writtenMount, type Live, type LiveContainer } from '../live/live.ts'
import { isFor, majorOf, titleOf } from '../live/what-it-holds.ts'
import type { LiveRule } from '../rule.ts'

const volume17 = new Map([['shop_pgdata', holding({ database: { version: '17' } })]])
const image17 = anImage('postgres:17', {
  environment: { PG_MAJOR: '17', PGDATA: '/var/lib/postgresql/data' },
})
const running = {
  containers: [
    aContainer({
      name: 'shop-db-1',
      image: 'postgres:17',
      labels: ofService('db'),
      environment: image17.environment,
      allMounts: [aMount('shop_pgdata:/var/lib/postgresql/data')],
    }),
  ],
  images: [image17],
  volumes: [aVolume('shop_pgdata')],
  contents: volume17,
}
const compose = (tag: string) =>
  `name: shop\nservices:\n  db:\n    image: postgres:${tag}\n    volumes:\n      - pgdata:/var/lib/postgresql/data\nvolumes:\n  pgdata:\n`

export const volumeOfAnotherMajor: LiveRule = {
  id: 'volume-of-another-major',
  category: 'database',
  severity: 'error',
  summary: 'Run a database on the major version that its volume holds',
  doc: `The volume holds the files of one major version, and the image is of another: the one that runs, or the one that
the Compose file names and the next \`docker compose up\` would start.

Postgres refuses to start on the files of another major, or, where the data directory has the major in its name (18 and
later), begins an empty database beside the old one. MySQL, MariaDB and MongoDB refuse older programs on newer files;
newer ones change older files in place, and there is no way back: a warning.

Take a snapshot first. Go back to the image of the old major, then migrate: for Postgres by dump and restore or
\`pg_upgrade\` into another volume.`,
  fixable: false,
  examples: {
    bad: [
      {
        shown: '$ docker run --rm -v shop_pgdata:/v busybox cat /v/PG_VERSION\n17',
        compose: compose('16'),
        seen: {
          volumes: [aVolume('shop_pgdata')],
          contents: volume17,
          containers: running.containers,
          images: running.images,
        },
      },
      {
        shown:
          '$ docker run --rm -v pgdata:/v busybox cat /v/PG_VERSION\n16\n$ docker run -d --name db -v pgdata:/var/lib/postgresql postgres:18',
        seen: {
          containers: [
            aContainer({
              name: 'db',
              image: 'postgres:18',
              environment: { PG_MAJOR: '18', PGDATA: '/var/lib/postgresql/18/docker' },
              allMounts: [aMount('pgdata:/var/lib/postgresql')],
            }),
          ],
          images: [anImage('postgres:18')],
          volumes: [aVolume('pgdata')],
          contents: new Map([['pgdata', holding({ database: { version: '16' } })]]),
        },
      },
    ],
    good: [
      {
        shown: '$ docker run --rm -v shop_pgdata:/v busybox cat /v/PG_VERSION\n17',
        compose: compose('17-alpine'),
        seen: running,
      },
    ],
  },
  *checkLive(live) {
    for (const container of live.containers)
      for (const mount of container.allMounts) {
        const databases = volumeOf(live, mount)?.contents?.databases ?? []
        for (const [server, whose] of serversOf(live, container)) {
          const found = mismatch(databases, server, mount.destination)
          if (found === undefined) continue
          const held = majorOf(found) ?? 0
          const wanted = server.major ?? 0
          yield {
            at: whose === 'file' ? container.written.imageAt : writtenMount(container, mount),
            subject: { ...subjectOf(container), target: mount.destination },
            severity: severityOf(server, held, wanted),
            message: `The volume ${mount.source} holds ${titleOf(found)}, and ${
              whose === 'file' ? 'the image that the file names' : `the image of ${container.name}`
            } is ${server.title} ${wanted}: it ${consequence(server, held, wanted)}.`,
            cure: `Keep ${server.title} ${held} until a snapshot is taken (docker vol snapshot ${mount.source}) and the data is migrated.`,
          }
          break
        }
      }
  },
}

/** The server that the file asks for, and the one that is there. */
function serversOf(
  live: Live,
  { database, written }: LiveContainer,
): readonly (readonly [ServerFacts, 'file' | 'container'])[] {
  const asked =
    live.scope === 'project' && live.written.services.includes(written) ? written.database : undefined
  return [
    ...(asked === undefined ? [] : [[asked, 'file'] as const]),
    ...(database === undefined ? [] : [[database, 'container'] as const]),
  ]
}

/** The files of another major that the server would find or leave behind in a volume that is mounted at \`at\`. */
function mismatch(
  databases: readonly DatabaseFacts[],
  server: ServerFacts,
  at: string,
): DatabaseFacts | undefined {
  const { directory, major } = server
  // Only a server that keeps its data in the volume has something to do with what is in it.
  if (
    major === undefined ||
    directory === undefined ||
    !path.posix.join(directory, '/').startsWith(path.posix.join(at, '/'))
  )
    return undefined
  const ofKind = databases.filter((each) => isFor(each, server) && each.recognisedBy === 'files')
  const own = ofKind.find((each) => path.posix.join(at, each.path) === directory)
  const looked = own === undefined ? ofKind : [own]
  if (looked.some((each) => majorOf(each) === major)) return undefined
  return looked.find((each) => majorOf(each) !== undefined)
}

function severityOf({ kind }: ServerFacts, held: number, wanted: number): Severity {
  return kind !== 'postgres' && wanted > held ? 'warning' : 'error'
}

function consequence({ kind, directory }: ServerFacts, held: number, wanted: number): string {
  if (kind === 'postgres')
    return directory?.includes(`/${wanted}/`) === true
      ? 'begins an empty database beside it'
      : 'does not start on it'
  return wanted > held ? 'changes the files for good when it starts' : 'does not start on it'
}
