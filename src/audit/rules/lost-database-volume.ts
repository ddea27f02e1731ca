import { humanSize } from '../../units.ts'
import { aContainer, aMount, anonymous, aVolume, holding } from '../live/example-parts.ts'
import { shownVolume, type Live, type LiveVolume } from '../live/live.ts'
import { titleOf } from '../live/what-it-holds.ts'
import type { LiveRule } from '../rule.ts'

export const lostDatabaseVolume: LiveRule = {
  id: 'lost-database-volume',
  category: 'volume',
  severity: 'warning',
  summary: 'Look after volumes that hold a database and that no container mounts',
  doc: `No container mounts the volume, and there is a database in it. An anonymous one was left behind when its container
was made anew, often with the data that somebody misses; \`docker volume prune\` removes it without asking what is in it.
That is a warning. One with a name is a note: it may belong to a project that is down, or be a copy that somebody made.

To find out whose it was, look at the database: \`docker vol inspect VOLUME\` says what is known. \`docker vol snapshot\`
keeps it, \`docker vol clone\` gives it a name.

Within a project, nothing is said of volumes that its files declare.`,
  fixable: false,
  examples: {
    bad: [
      {
        shown: `$ docker run -d --name db -e POSTGRES_PASSWORD=… postgres:17\n$ docker rm -f db\n$ docker volume ls -f dangling=true\nlocal     ${anonymous}`,
        seen: {
          volumes: [aVolume(anonymous)],
          contents: new Map([[anonymous, holding({ database: { version: '17' } })]]),
        },
      },
    ],
    good: [
      {
        shown: '$ docker ps -a --filter volume=pgdata -q\n4f6a0d2c9b11',
        seen: {
          containers: [
            aContainer({
              name: 'db',
              image: 'postgres:17',
              state: 'exited',
              allMounts: [aMount('pgdata:/x')],
            }),
          ],
          volumes: [aVolume('pgdata')],
          contents: new Map([['pgdata', holding({ database: { version: '17' } })]]),
        },
      },
      {
        shown: '$ docker compose down\n$ docker volume ls -f dangling=true\nlocal     shop_pgdata',
        compose:
          'name: shop\nservices:\n  db:\n    image: postgres:17\n    volumes:\n      - pgdata:/var/lib/postgresql/data\nvolumes:\n  pgdata:\n',
        seen: {
          volumes: [aVolume('shop_pgdata', { labels: { 'com.docker.compose.project': 'shop' } })],
          contents: new Map([['shop_pgdata', holding({ database: { version: '17' } })]]),
        },
      },
    ],
  },
  *checkLive(live) {
    for (const volume of live.volumes) {
      const [database] = volume.contents?.databases ?? []
      if (database === undefined || volume.uses.length > 0 || volume.declared !== undefined) continue
      const size = volume.contents?.bytes === undefined ? '' : `, ${humanSize(volume.contents.bytes)}`
      const kept = volume.snapshots.length > 0
      yield {
        at: volume.at,
        subject: { volume: volume.name },
        severity: volume.anonymous && !kept && database.kind !== 'sqlite' ? 'warning' : 'info',
        message: `No container mounts the ${kindOf(volume)}volume ${shownVolume(volume)}, and it holds ${titleOf(database)}${lastUsed(database.details)}${size}${ofProject(live, volume)}.`,
        cure: kept
          ? 'It has a snapshot; if nobody misses it, remove it.'
          : `If it is missed somewhere, docker vol clone ${volume.name} NAME gives it a name; else keep a snapshot (docker vol snapshot ${volume.name}) before it is removed.`,
      }
    }
  },
}

function kindOf({ anonymous: nameless }: LiveVolume): string {
  return nameless ? 'anonymous ' : ''
}

/** When its server last wrote a checkpoint, where that is known. */
function lastUsed({ checkpointTime }: Readonly<Record<string, string>>): string {
  return checkpointTime === undefined ? '' : ` (last used ${checkpointTime.slice(0, 10)})`
}

function ofProject({ scope }: Live, { project }: LiveVolume): string {
  return scope === 'project' || project === undefined ? '' : `, of the project ${project}`
}
