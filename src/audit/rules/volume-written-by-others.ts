import { isAlive } from '../../facts.ts'
import { aContainer, aMount, anImage, aVolume, ofService } from '../live/example-parts.ts'
import { holderOf, type LiveContainer, type LiveUse, type LiveVolume } from '../live/live.ts'
import type { LiveRule, Problem } from '../rule.ts'

const image = anImage('postgres:17', {
  environment: { PG_MAJOR: '17', PGDATA: '/var/lib/postgresql/data' },
})
const server = (name: string, project: string) =>
  aContainer({
    name,
    image: 'postgres:17',
    labels: ofService('db', project),
    environment: image.environment,
    allMounts: [aMount('pgdata:/var/lib/postgresql/data')],
  })

export const volumeWrittenByOthers: LiveRule = {
  id: 'volume-written-by-others',
  category: 'volume',
  severity: 'error',
  summary: 'Let one project write a volume, and one server the data of a database',
  doc: `Containers that run now write the same volume, and they are not of one project. Two servers on the data of one
database destroy it: an error, also within a project. Another project's container, or one that was started by hand,
that may write under a running database is a warning; for other data two projects that write one volume are a note, as
it may be meant.

Two projects come to share a volume by \`external: true\`, by the same \`name:\`, by the same project name for two
folders, or by \`docker run -v\`. Files of one project do not show it.`,
  fixable: false,
  examples: {
    bad: [
      {
        shown: '$ docker ps --filter volume=pgdata --format {{.Names}}\nshop-db-1\ncopy-db-1',
        seen: {
          containers: [server('shop-db-1', 'shop'), server('copy-db-1', 'copy')],
          images: [image],
          volumes: [aVolume('pgdata')],
        },
      },
      {
        shown: '$ docker ps --filter volume=files --format {{.Names}}\nshop-app-1\nblog-app-1',
        seen: {
          containers: ['shop', 'blog'].map((project) =>
            aContainer({
              name: `${project}-app-1`,
              image: 'example/app',
              labels: ofService('app', project),
              allMounts: [aMount('files:/files')],
            }),
          ),
          volumes: [aVolume('files')],
        },
      },
    ],
    good: [
      {
        shown: '$ docker run -d --name backup -v pgdata:/source:ro example/backup',
        seen: {
          containers: [
            server('shop-db-1', 'shop'),
            aContainer({ name: 'backup', image: 'example/backup', allMounts: [aMount('pgdata:/source:ro')] }),
          ],
          images: [image],
          volumes: [aVolume('pgdata')],
        },
      },
      {
        shown: '$ docker stop copy-db-1',
        seen: {
          containers: [server('shop-db-1', 'shop'), { ...server('copy-db-1', 'copy'), state: 'exited' }],
          images: [image],
          volumes: [aVolume('pgdata')],
        },
      },
    ],
  },
  *checkLive({ volumes }) {
    for (const volume of volumes) {
      const writers = volume.uses.filter(({ container, mount }) => !mount.readOnly && isAlive(container))
      const servers = writers.filter(isServer)
      const found = judge(writers, servers)
      if (found !== undefined) yield { at: volume.at, subject: subjectOf(volume), ...found }
    }
  },
}

function judge(
  writers: readonly LiveUse[],
  servers: readonly LiveUse[],
): Pick<Problem, 'severity' | 'message' | 'cure'> | undefined {
  const [first] = servers
  const names = namesOf(writers)
  // Servers in different directories of one volume do not meet.
  if (first !== undefined && servers.some((other) => other !== first && isSamePlace(first, other)))
    return {
      severity: 'error',
      message: `${namesOf(servers)} are servers on the same data, and run: they will destroy it.`,
      cure: 'Stop all but one now. Give each server a volume of its own (docker vol clone).',
    }
  if (new Set(writers.map(({ container }) => ownerOf(container))).size < 2) return undefined
  if (first !== undefined)
    return {
      severity: 'warning',
      message: `${names} may all write the volume in which ${first.container.database?.title ?? 'a database'} of ${first.container.name} keeps its data.`,
      cure: 'Mount it read-only in all but the server.',
    }
  return {
    severity: 'info',
    message: `${names} are not of one project and write the same volume.`,
    cure: 'If it is meant, mount it read-only where it is only read.',
  }
}

function isServer({ container, mount }: LiveUse): boolean {
  const directory = container.database?.directory
  return directory !== undefined && holderOf(container, directory) === mount
}

function isSamePlace(one: LiveUse, other: LiveUse): boolean {
  return one.container.id !== other.container.id && placeInVolume(one) === placeInVolume(other)
}

function placeInVolume({ container, mount }: LiveUse): string {
  return (container.database?.directory ?? '').slice(mount.destination.length)
}

function ownerOf({ project, name }: LiveContainer): string {
  return project === undefined ? `container ${name}` : `project ${project}`
}

function namesOf(uses: readonly LiveUse[]): string {
  return [...new Set(uses.map(({ container }) => container.name))].toSorted().join(', ')
}

function subjectOf({ declared, name }: LiveVolume): { readonly volume: string } {
  return { volume: declared?.key ?? name }
}
