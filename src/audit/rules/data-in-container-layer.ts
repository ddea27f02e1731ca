import { humanSize } from '../../units.ts'
import { applicationOf } from '../knowledge/applications.ts'
import { aContainer, aMount, anImage } from '../live/example-parts.ts'
import { holderOf, subjectOf, type LiveContainer } from '../live/live.ts'
import {
  added,
  groupedByDirectory,
  looksLikeDatabase,
  worthKeeping,
  writtenFiles,
} from '../live/written-files.ts'
import { parseImageReference } from '../model/image-reference.ts'
import { isWithin } from '../model/project.ts'
import type { LiveRule, Problem } from '../rule.ts'

/** Bytes of a layer that are nothing to speak of, when no limit is set. */
const usual = 100e6

export const dataInContainerLayer: LiveRule = {
  id: 'data-in-container-layer',
  category: 'container',
  severity: 'error',
  summary: 'Keep data out of the container itself',
  doc: `\`docker diff\` shows what a container wrote beside its mounts, into its own layer. That is gone with the
container: after \`docker compose up\` with a new image, after \`down\`, after \`docker rm\`.

An error when it is the data of a database, a warning for an application that is known to keep data there and for files
that have the names of databases, and a note when the layer has grown beyond 100 MB (\`limits: layer-size\` in
\`.docker-vol.yaml\` sets another size, and makes it a warning). Logs, caches, temporary files, settings of the system and
installed packages do not count.

Get the data out with \`docker cp\` before the container is made anew, and mount a volume where it was.`,
  fixable: false,
  examples: {
    bad: [
      {
        shown:
          '$ docker run -d --name db -e PGDATA=/srv/pgdata postgres:17\n$ docker diff db\nA /srv/pgdata\nA /srv/pgdata/PG_VERSION\n…',
        seen: {
          containers: [
            aContainer({
              name: 'db',
              image: 'postgres:17',
              environment: { PG_MAJOR: '17', PGDATA: '/srv/pgdata' },
            }),
          ],
          images: [anImage('postgres:17')],
          layers: new Map([
            ['db', { changes: added('/srv', '/srv/pgdata', '/srv/pgdata/PG_VERSION'), bytes: 40e6 }],
          ]),
        },
      },
      {
        shown: '$ docker run -d --name app example/app\n$ docker diff app\nC /srv\nA /srv/app.sqlite3',
        seen: {
          containers: [aContainer({ name: 'app', image: 'example/app' })],
          layers: new Map([['app', { changes: added('/srv/app.sqlite3'), bytes: 20_000 }]]),
        },
      },
      {
        shown: '$ docker run -d --name app example/app\n$ docker diff app\nA /srv/upload-1.jpg\n…',
        seen: {
          containers: [aContainer({ name: 'app', image: 'example/app' })],
          layers: new Map([['app', { changes: added('/srv/upload-1.jpg'), bytes: 300e6 }]]),
        },
      },
    ],
    good: [
      {
        shown:
          '$ docker run -d --name app example/app\n$ docker diff app\nC /var/log\nA /var/log/app.log\nA /run/app.pid',
        seen: {
          containers: [aContainer({ name: 'app', image: 'example/app' })],
          layers: new Map([['app', { changes: added('/var/log/app.log', '/run/app.pid'), bytes: 300e6 }]]),
        },
      },
      {
        shown: '$ docker run -d --name app -v data:/srv example/app\n$ docker diff app\nA /srv',
        seen: {
          containers: [aContainer({ name: 'app', image: 'example/app', allMounts: [aMount('data:/srv')] })],
          layers: new Map([['app', { changes: added('/srv'), bytes: 300e6 }]]),
        },
      },
    ],
  },
  *checkLive({ containers, limits }) {
    for (const container of containers) {
      const { layer } = container
      if (layer === undefined) continue
      const files = writtenFiles(container)
      const size = humanSize(layer.bytes)
      const known = dataOf(container)
      const ofKnown = known === undefined ? [] : files.filter((path) => isWithin(path, known.directory))
      if (known !== undefined && ofKnown.length > 0) {
        yield {
          ...about(container),
          severity: known.severity,
          message: `${known.title} in ${container.name} has written its data into the container's own layer, which is gone with the container: ${known.directory}, ${ofKnown.length} files (${size} in the layer).`,
          cure: `Copy it out (docker cp ${container.name}:${known.directory} …), then mount a volume there.`,
        }
        continue
      }
      const kept = worthKeeping(files)
      const databases = kept.filter(looksLikeDatabase)
      const large = layer.bytes >= (limits.layerSize ?? usual)
      if (databases.length === 0 && (!large || kept.length === 0)) continue
      const shown = groupedByDirectory(databases.length > 0 ? databases : kept)
      yield {
        ...about(container),
        severity: databases.length > 0 || limits.layerSize !== undefined ? 'warning' : 'info',
        message: `${container.name} has written ${databases.length > 0 ? 'what looks like a database' : 'files'} into its own layer (${size}), which is gone with the container: ${shown}.`,
        cure: `If it is to be kept, copy it out (docker cp) and mount a volume there.`,
      }
    }
  },
}

function about(container: LiveContainer): Pick<Problem, 'at' | 'subject'> {
  return { at: container.written.at, subject: subjectOf(container) }
}

/** Where the container keeps data, when that is in its own layer. */
function dataOf(
  container: LiveContainer,
):
  | { readonly title: string; readonly directory: string; readonly severity: 'error' | 'warning' }
  | undefined {
  const { database, image } = container
  const application = applicationOf(parseImageReference(image))
  const directory = database?.directory ?? application?.directory
  const title = database?.title ?? application?.title
  if (directory === undefined || title === undefined || holderOf(container, directory) !== undefined)
    return undefined
  const isPrecious = database !== undefined && !database.cache && !database.rebuildable
  return { title, directory, severity: isPrecious ? 'error' : 'warning' }
}
