import { humanSize } from '../../units.ts'
import type { Severity } from '../finding.ts'
import { holdsNothingToKeep } from '../knowledge/disposable.ts'
import { aContainer, aMount, anonymous, anImage, aVolume, holding } from '../live/example-parts.ts'
import {
  holderOf,
  shownVolume,
  subjectOf,
  volumeOf,
  writtenMount,
  type LiveContainer,
  type LiveVolume,
} from '../live/live.ts'
import type { InspectedMount } from '../../docker/inspection.ts'
import type { LiveRule } from '../rule.ts'

const image = anImage('postgres:17', {
  volumes: ['/var/lib/postgresql/data'],
  environment: { PG_MAJOR: '17', PGDATA: '/var/lib/postgresql/data' },
})

export const dataInAnonymousVolume: LiveRule = {
  id: 'data-in-anonymous-volume',
  category: 'volume',
  severity: 'error',
  summary: 'Keep the data of a container in a volume that has a name',
  doc: `The image declares a volume and nothing of a name is mounted there, or somebody mounted a path without a source.
The engine made an anonymous volume, and the data is in it. The next container gets another, empty one; \`docker volume
prune\` removes the old one, and a container that was started with \`--rm\` takes it along when it ends.

Copy the volume to one with a name (\`docker vol clone\`), and mount that. For a database this is an error. It is a note
for other data, as nobody can tell whether it is worth keeping; nothing is said of empty volumes, of caches and the
like.`,
  fixable: false,
  examples: {
    bad: [
      {
        shown: '$ docker run -d --name db -e POSTGRES_PASSWORD=… postgres:17',
        seen: {
          containers: [
            aContainer({
              name: 'db',
              image: 'postgres:17',
              environment: image.environment,
              allMounts: [aMount(`${anonymous}:/var/lib/postgresql/data`)],
            }),
          ],
          images: [image],
          volumes: [aVolume(anonymous)],
        },
      },
      {
        shown: '$ docker run -d --rm --name app -v /srv/files example/app',
        seen: {
          containers: [
            aContainer({
              name: 'app',
              image: 'example/app',
              autoRemove: true,
              allMounts: [aMount(`${anonymous}:/srv/files`)],
            }),
          ],
          volumes: [aVolume(anonymous)],
          contents: new Map([[anonymous, holding({ bytes: 1200 })]]),
        },
      },
    ],
    good: [
      {
        shown: '$ docker run -d --name db -v pgdata:/var/lib/postgresql/data postgres:17',
        seen: {
          containers: [
            aContainer({
              name: 'db',
              image: 'postgres:17',
              environment: image.environment,
              allMounts: [aMount('pgdata:/var/lib/postgresql/data')],
            }),
          ],
          images: [image],
          volumes: [aVolume('pgdata')],
        },
      },
      {
        shown: '$ docker run -d --name app -v /app/node_modules example/app',
        seen: {
          containers: [
            aContainer({
              name: 'app',
              image: 'example/app',
              allMounts: [aMount(`${anonymous}:/app/node_modules`)],
            }),
          ],
          volumes: [aVolume(anonymous)],
          contents: new Map([[anonymous, holding()]]),
        },
      },
    ],
  },
  *checkLive(live) {
    for (const container of live.containers)
      for (const mount of container.allMounts) {
        const volume = volumeOf(live, mount)
        if (volume?.anonymous !== true || mount.readOnly || volume.contents?.empty === true) continue
        const judged = judge(container, mount, volume)
        if (judged === undefined) continue
        const size = volume.contents?.bytes === undefined ? '' : ` (${humanSize(volume.contents.bytes)})`
        const end = container.autoRemove
          ? 'it is removed with the container when that ends (--rm)'
          : 'the next container gets a new, empty one'
        yield {
          at: writtenMount(container, mount),
          subject: { ...subjectOf(container), target: mount.destination },
          severity: judged.severity,
          message: `${judged.what} in ${mount.destination} of ${container.name} is in the anonymous volume ${shownVolume(volume)}${size}: ${end}.`,
          cure: `Copy it with docker vol clone ${volume.name} NAME, and mount NAME at ${mount.destination}.`,
        }
      }
  },
}

function judge(
  container: LiveContainer,
  mount: InspectedMount,
  { contents }: LiveVolume,
): { readonly severity: Severity; readonly what: string } | undefined {
  const { database } = container
  const isData = database?.directory !== undefined && holderOf(container, database.directory) === mount
  if (isData)
    return {
      severity:
        database.cache && (contents?.databases.length ?? 0) === 0
          ? 'info'
          : database.rebuildable
            ? 'warning'
            : 'error',
      what: `The data of ${database.title}`,
    }
  const [found] = contents?.databases ?? []
  if (found !== undefined)
    return { severity: found.kind === 'sqlite' ? 'warning' : 'error', what: 'The database' }
  if (contents === undefined || holdsNothingToKeep(mount.destination)) return undefined
  return { severity: 'info', what: 'What is' }
}
