import path from 'node:path'
import type { DatabaseFacts } from '../../facts.ts'
import type { Severity } from '../finding.ts'
import type { ServedDatabase } from '../knowledge/databases.ts'
import { aContainer, aMount, anImage, aVolume, holding, ofService } from '../live/example-parts.ts'
import { contentsOf, holderOf, subjectOf, writtenMount, type Live, type LiveVolume } from '../live/live.ts'
import { isFor, majorOf, titleOf } from '../live/what-it-holds.ts'
import { dataMount } from '../model/coverage.ts'
import type { Service } from '../model/project.ts'
import type { LiveRule, Problem } from '../rule.ts'

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
    const told = new Set<string>()
    for (const { service, server, volume, at } of asked(live)) {
      const found = mismatch(volume.contents?.databases ?? [], server, at)
      if (found === undefined) continue
      told.add(service.name)
      yield {
        at: service.imageAt,
        subject: { service: service.name, target: at },
        ...problem(volume.name, found, server, 'the image that the file names'),
      }
    }
    for (const container of live.containers) {
      const { database: server, written } = container
      const holder = server?.directory === undefined ? undefined : holderOf(container, server.directory)
      if (server === undefined || holder === undefined || told.has(written.name)) continue
      const found = mismatch(contentsOf(live, holder)?.databases ?? [], server, holder.destination)
      if (found === undefined) continue
      yield {
        at: writtenMount(container, holder),
        subject: { ...subjectOf(container), target: holder.destination },
        ...problem(holder.source, found, server, `the image of ${container.name}`),
      }
    }
  },
}

type Asked = {
  readonly service: Service
  readonly server: ServedDatabase
  readonly volume: LiveVolume
  /** Where the volume is mounted. */
  readonly at: string
}

/** What the files would start on which volume, whether it runs or not. */
function asked({ scope, written, volumes }: Live): readonly Asked[] {
  if (scope === 'engine') return []
  return written.services.flatMap((service): readonly Asked[] => {
    const mount = dataMount(service)
    const server = service.database
    if (server === undefined || mount?.type !== 'volume' || mount.subpath !== undefined) return []
    const volume = volumes.find(({ declared }) => declared?.key === mount.source)
    return volume === undefined ? [] : [{ service, server, volume, at: mount.target }]
  })
}

function problem(
  volume: string,
  found: DatabaseFacts,
  server: ServedDatabase,
  image: string,
): Pick<Problem, 'severity' | 'message' | 'cure'> {
  const held = majorOf(found) ?? 0
  const wanted = server.major ?? 0
  return {
    severity: severityOf(server, held, wanted),
    message: `The volume ${volume} holds ${titleOf(found)}, and ${image} is ${server.title} ${wanted}: it ${consequence(server, held, wanted)}.`,
    cure: `Keep ${server.title} ${held} until a snapshot is taken (docker vol snapshot ${volume}) and the data is migrated.`,
  }
}

/** The files of another major that the server would find or leave behind in a volume that is mounted at \`at\`. */
function mismatch(
  databases: readonly DatabaseFacts[],
  server: ServedDatabase,
  at: string,
): DatabaseFacts | undefined {
  const { directory, major } = server
  if (major === undefined || directory === undefined) return undefined
  const ofKind = databases.filter((each) => isFor(each, server) && each.recognisedBy === 'files')
  const own = ofKind.find((each) => path.posix.join(at, each.path) === directory)
  const looked = own === undefined ? ofKind : [own]
  if (looked.some((each) => majorOf(each) === major)) return undefined
  return looked.find((each) => majorOf(each) !== undefined)
}

function severityOf({ kind }: ServedDatabase, held: number, wanted: number): Severity {
  return kind !== 'postgres' && wanted > held ? 'warning' : 'error'
}

function consequence({ kind, directory }: ServedDatabase, held: number, wanted: number): string {
  if (kind === 'postgres')
    return directory?.includes(`/${wanted}/`) === true
      ? 'begins an empty database beside it'
      : 'does not start on it'
  return wanted > held ? 'changes the files for good when it starts' : 'does not start on it'
}
