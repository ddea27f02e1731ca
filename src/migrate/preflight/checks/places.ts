import type { Container } from '../../../facts.ts'
import type { Check, Row, Seen } from '../check.ts'
import { curesOf, listed } from '../objects.ts'

/** Where the data lies: mounts, tablespaces, and what the image expects of them. */
export const placeChecks: readonly Check[] = [
  {
    id: 'cluster-not-in-use',
    severity: 'blocker',
    summary: 'A container that mounts the volume keeps its data in another one',
    doc: `Images declare the place of their data as a volume of its own. One that is mounted above it (at
\`/var/lib/postgresql\` up to Postgres 17), or beside it (at \`/var/lib/postgresql/data\` in early images of 18), holds
nothing of what the server writes: that goes to an anonymous volume, which the next \`docker compose down -v\` or a new
container loses. Migrate the volume that really has the data, and mount it at the right place.`,
    find: ({ consumers, volume }) => {
      const servers = consumers.flatMap((container) => {
        const { PGDATA: data, PG_MAJOR: major } = container.environment
        const holder = holderOf(container, data ?? '')
        return data === undefined || major === undefined || holder === undefined
          ? []
          : [{ container, data, holder: holder.volume }]
      })
      if (servers.some(({ holder }) => holder === volume)) return []
      return servers
        .filter(({ container, data }) => isNear(container, volume, data))
        .map(({ container, data, holder }) => ({
          message: `The container ${container.name} keeps its data (${data}) in the volume ${holder}, not in ${volume}.`,
          cure: `docker vol migrate ${holder}`,
        }))
    },
  },
  {
    id: 'mount-path',
    severity: 'warning',
    summary: 'The target image wants the volume at another path',
    doc: `Since Postgres 18 the official images keep their data in a folder of its version below \`/var/lib/postgresql\`, and
refuse a volume at \`/var/lib/postgresql/data\`. \`--write-compose\` changes the Compose file; without it the change is
printed.`,
    find: ({ consumers, volume, target }) => {
      const { dataDirectory } = target
      const [, home] = /^(.*)\/\d+\/docker$/.exec(dataDirectory) ?? []
      if (home === undefined) return []
      return consumers.flatMap((container) => {
        const { PGDATA: data } = container.environment
        // Who set PGDATA keeps it; the image then looks nowhere else.
        if (data === undefined || !isDefault(data)) return []
        const { name } = container
        const mount = holderOf(container, data)
        return mount?.volume !== volume || mount.destination === home
          ? []
          : [
              {
                message: `The container ${name} mounts the volume at ${mount.destination}; the target image wants it at ${home}.`,
                cure: `${volume}:${home}`,
              },
            ]
      })
    },
  },
  {
    id: 'data-below-root',
    severity: 'note',
    summary: 'The data lies in a folder of the volume',
    doc: `The volume is mounted above the data directory. The new cluster gets the place that the target image expects.`,
    find: ({ cluster: { path }, majors }) =>
      path === '.' || /^\d+\/docker$/.test(path)
        ? []
        : [{ message: `Postgres ${majors.from} has its data in ${path} of the volume.` }],
  },
  {
    id: 'wal-elsewhere',
    severity: 'blocker',
    summary: 'The write-ahead log lies outside of the volume',
    doc: `\`pg_wal\` is a link out of the volume (\`POSTGRES_INITDB_WALDIR\`). A copy of the volume is not a copy of the
cluster then. Stop the server, move the directory back into the volume, and start it again.`,
    find: ({ walDirectory, consumers, volume }) =>
      walDirectory === undefined || liesIn(consumers, volume, walDirectory)
        ? []
        : [{ message: `pg_wal is a link to ${walDirectory}.` }],
  },
  {
    id: 'tablespace-outside',
    severity: 'blocker',
    summary: 'Tablespaces outside of the volume',
    doc: `What a tablespace outside of the volume holds is not in a copy of the volume. Move its tables and databases to one
inside.`,
    query: {
      of: 'cluster',
      sql: () => `
select quote_ident(spcname) as object, pg_tablespace_location(oid) as location,
  format('ALTER TABLE ALL IN TABLESPACE %I SET TABLESPACE pg_default; -- in every database', spcname) as cure
from pg_tablespace where oid not in (1663, 1664) order by 1`,
    },
    find: (seen, own) => {
      const outside = own.filter((row) => placeOf(seen, row) === 'outside')
      const cure = curesOf(outside)
      return outside.length === 0
        ? []
        : [
            {
              message: `Tablespaces lie outside of the volume: ${described(outside)}.`,
              ...(cure === undefined ? {} : { cure }),
            },
          ]
    },
  },
  {
    id: 'tablespace-in-place',
    severity: 'blocker',
    summary: 'Tablespaces without a place of their own',
    doc: `\`allow_in_place_tablespaces\` is for tests of Postgres itself: pg_upgrade refuses such tablespaces, and dumps of
them cannot be restored. Move what is in them to \`pg_default\`.`,
    find: (seen) => {
      const inPlace = seen.rows('tablespace-outside').filter((row) => placeOf(seen, row) === 'in place')
      const cure = curesOf(inPlace)
      return inPlace.length === 0
        ? []
        : [
            {
              message: `Tablespaces were made in place: ${described(inPlace)}.`,
              ...(cure === undefined ? {} : { cure }),
            },
          ]
    },
  },
  {
    id: 'tablespace-inside',
    severity: 'note',
    summary: 'Tablespaces inside the volume',
    doc: `They are migrated with the volume. One that lies beside the data directory comes to lie in it.`,
    find: (seen) => {
      const inside = seen.rows('tablespace-outside').filter((row) => placeOf(seen, row) === 'inside')
      return inside.length === 0
        ? []
        : [{ message: `Tablespaces lie in the volume beside the data: ${described(inside)}.` }]
    },
  },
  {
    id: 'initdb-arguments',
    severity: 'note',
    summary: 'POSTGRES_INITDB_ARGS',
    doc: `Images look at \`POSTGRES_INITDB_ARGS\` only where there is no cluster yet. Checksums, the size of WAL segments,
encoding and locale of the new cluster are those of the old one, whatever the variable says.`,
    find: ({ consumers }) =>
      consumers
        .filter(({ environment }) => (environment['POSTGRES_INITDB_ARGS'] ?? '') !== '')
        .map(({ name }) => ({
          message: `POSTGRES_INITDB_ARGS of the container ${name} counts for nothing: the old cluster does.`,
        })),
  },
]

/** The mount that holds a path of a container: the deepest above it. */
function holderOf({ mounts }: Container, path: string): Container['mounts'][number] | undefined {
  const [deepest] = mounts
    .filter(({ destination }) => isWithin(path, destination))
    .toSorted((one, other) => other.destination.length - one.destination.length)
  return deepest
}

function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith('/') ? directory : `${directory}/`)
}

/** Whether a volume lies above the data or beside it, where people mean it to have the data. */
function isNear({ mounts }: Container, volume: string, data: string): boolean {
  return mounts.some(
    (mount) =>
      mount.volume === volume &&
      (isWithin(data, mount.destination) || isWithin(mount.destination, '/var/lib/postgresql')),
  )
}

/** Where images put the data when nobody says otherwise. */
function isDefault(data: string): boolean {
  return /^\/var\/lib\/postgresql\/(?:data|\d+\/docker)$/.test(data)
}

function placeOf({ consumers, volume, cluster, rows }: Seen, row: Row): 'inside' | 'outside' | 'in place' {
  const location = row['location'] ?? ''
  if (!location.startsWith('/')) return 'in place'
  const inside =
    liesIn(consumers, volume, location) || isWithin(location, rootOf(cluster.path, rows('server')))
  return inside ? 'inside' : 'outside'
}

/** Whether a path of one of these containers lies in the volume. */
function liesIn(consumers: readonly Container[], volume: string, path: string): boolean {
  return consumers.some((container) => holderOf(container, path)?.volume === volume)
}

/** Where the server that was asked has the root of the volume, which may be a copy at a place of its own. */
function rootOf(path: string, [server]: readonly Row[]): string {
  const data = server?.['dataDirectory'] ?? ''
  if (path === '.' || !data.endsWith(`/${path}`)) return data
  return data.slice(0, -path.length - 1)
}

function described(rows: readonly Row[]): string {
  return listed(
    rows.map(({ object = '', location = '' }) => (location === '' ? object : `${object} (${location})`)),
  )
}
