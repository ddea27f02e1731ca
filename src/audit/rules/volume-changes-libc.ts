import type { DatabaseFacts } from '../../facts.ts'
import { aContainer, aMount, anImage, aVolume, holding } from '../live/example-parts.ts'
import { contentsOf, holderOf, subjectOf, writtenMount, type Live, type LiveContainer } from '../live/live.ts'
import type { ImageReference } from '../model/image-reference.ts'
import type { LiveRule } from '../rule.ts'

const alpine = anImage('postgres:17-alpine')
const container = aContainer({
  name: 'db',
  image: 'postgres:17-alpine',
  environment: { PG_MAJOR: '17', PGDATA: '/var/lib/postgresql/data' },
  allMounts: [aMount('pgdata:/var/lib/postgresql/data')],
})
const users = new Map()
const seen = {
  containers: [container],
  images: [alpine],
  volumes: [aVolume('pgdata')],
  imageContents: new Map([[alpine.id, { libc: 'musl' as const, users, below: new Map() }]]),
}

export const volumeChangesLibc: LiveRule = {
  id: 'volume-changes-libc',
  category: 'database',
  severity: 'warning',
  summary: 'Keep a Postgres volume on images with the C library that it was made with',
  doc: `The volume was made by Postgres on one C library (glibc: Debian, most images; musl: Alpine), and the image has the
other. The two sort text differently, and indexes on text are sorted. Postgres starts and says nothing (musl has no
versions of collations), but searches miss rows and unique indexes let duplicates in.

Stay with the library that the volume was made with, or dump the database and restore it into a new volume. If it ran
on the other already: \`REINDEX DATABASE\` for each, after looking for duplicates.

What the volume was made with is read from the files (the collation versions in pg_database since 15, else the program
that ran last). Nothing is said of databases whose locale is C or comes from ICU, which sort the same everywhere.`,
  fixable: false,
  examples: {
    bad: [
      {
        shown:
          "$ docker exec db psql -Atc 'select datcollversion from pg_database' -U postgres\n2.36\n$ docker stop db && docker rm db\n$ docker run -d --name db -v pgdata:/var/lib/postgresql/data postgres:17-alpine",
        seen: {
          ...seen,
          contents: new Map([
            [
              'pgdata',
              holding({
                database: {
                  version: '17',
                  details: { libc: 'glibc 2.36', localeProvider: 'libc', collate: 'en_US.utf8' },
                },
              }),
            ],
          ]),
        },
      },
    ],
    good: [
      {
        shown: '$ docker run -d --name db -v pgdata:/var/lib/postgresql/data postgres:17-alpine',
        seen: {
          ...seen,
          contents: new Map([
            [
              'pgdata',
              holding({
                database: {
                  version: '17',
                  details: { libc: 'musl', localeProvider: 'libc', collate: 'en_US.utf8' },
                },
              }),
            ],
          ]),
        },
      },
      {
        shown:
          '$ docker run -d --name db -e POSTGRES_INITDB_ARGS=--locale=C -v pgdata:/var/lib/postgresql/data postgres:17-alpine',
        seen: {
          ...seen,
          contents: new Map([
            [
              'pgdata',
              holding({
                database: { version: '17', details: { libc: 'glibc', localeProvider: 'libc', collate: 'C' } },
              }),
            ],
          ]),
        },
      },
    ],
  },
  *checkLive(live) {
    for (const each of live.containers) {
      const { database } = each
      if (database?.kind !== 'postgres' || database.directory === undefined) continue
      const mount = holderOf(each, database.directory)
      if (mount === undefined) continue
      const found = contentsOf(live, mount)?.databases.find(({ kind }) => kind === 'postgres')
      const made = found === undefined ? undefined : libcOf(found)
      if (made === undefined) continue
      const asked = askedLibc(live, each)
      const has = asked ?? each.imageContents?.libc
      if (has === undefined || has === made) continue
      yield {
        at: asked === undefined ? writtenMount(each, mount) : each.written.imageAt,
        subject: { ...subjectOf(each), target: mount.destination },
        message: `The volume ${mount.source} was made by Postgres on ${made}, and ${
          asked === undefined ? `the image of ${each.name}` : 'the image that the file names'
        } has ${has}: text sorts differently, and indexes on it silently go wrong.`,
        cure: `Use an image with ${made} (${made === 'musl' ? 'of Alpine' : 'of Debian, without -alpine'}), or dump and restore into a new volume; REINDEX what ran on the other already.`,
      }
    }
  },
}

/** The library that matters to what is in the volume; undefined when that cannot be told, or none does. */
function libcOf({ details }: DatabaseFacts): 'glibc' | 'musl' | undefined {
  const { libc = '', localeProvider, collate } = details
  if (localeProvider !== undefined && localeProvider !== 'libc') return undefined
  if (collate !== undefined && /^(C|POSIX)(\.|$)/.test(collate)) return undefined
  return libc.startsWith('musl') ? 'musl' : libc.startsWith('glibc') ? 'glibc' : undefined
}

/** That of the image which the project's file names, when it is another one than the container has. */
function askedLibc(live: Live, { written, image, imageId }: LiveContainer): 'glibc' | 'musl' | undefined {
  const named = written.image
  if (live.scope !== 'project' || named === undefined || named.text === image) return undefined
  const here = live.seen.images.find(({ references }) => references.includes(named.text))
  if (here?.id === imageId) return undefined
  return (here === undefined ? undefined : live.seen.imageContents.get(here.id)?.libc) ?? byName(named)
}

/** Official images say it in their tags. */
function byName({ repository, tag = '' }: ImageReference): 'glibc' | 'musl' | undefined {
  if (repository !== 'postgres') return undefined
  return tag.includes('alpine') ? 'musl' : 'glibc'
}
