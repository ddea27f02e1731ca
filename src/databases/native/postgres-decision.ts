import type { Container, DatabaseFacts } from '../../facts.ts'
import { printableText } from '../../tar/name.ts'
import { passwordVariables } from './postgres-probe-script.ts'
import { impossible, type Possible } from './possible.ts'

/** How a Postgres is copied by its own base backup while it runs. */
export type PostgresPlan = {
  readonly database: 'postgres'
  /** The container that the server runs in. */
  readonly container: Container
  /** Where in the volume the data directory lies; `.` is its root. */
  readonly path: string
  /** The owner of the data directory, as docker takes it. */
  readonly user: string
  /** Where in the container the programs lie. */
  readonly folder: string
  /** The directory of the socket, or an address. */
  readonly host: string
  readonly port: string
  /** The user that the cluster was made with. */
  readonly role: string
  /** Whether it lets in, without a password, whoever shares its container's network. */
  readonly nearby: boolean
  /** The variable of the container that holds its password; empty when none is needed. */
  readonly password: string
  readonly systemIdentifier: string
  readonly walSegmentBytes: number
  /** About how large the databases are. */
  readonly bytes: number
}

/** Postgres before this gives no manifest of its backup, without which nothing proves it whole. */
const oldestMajor = 13

/** Decides from what is known of a cluster and what a container answered whether its server gives a base backup. */
export function decidePostgres(
  container: Container,
  cluster: Pick<DatabaseFacts, 'version' | 'path' | 'details'>,
  user: string,
  answers: ReadonlyMap<string, string>,
): Possible<PostgresPlan> {
  const said = (name: string) => answers.get(name) ?? ''
  const number = (name: string) => Number.parseInt(said(name), 10)
  const inside = `in container "${container.name}"`
  if (answers.has('problem'))
    return impossible(`its data directory ${printableText(said('problem'))} (${inside})`)
  const status = said('status').trim()
  if (status !== 'ready') return impossible(`its server ${inside} is ${printableText(status) || 'not there'}`)
  if (!answers.has('server_version_num'))
    return impossible(`nobody is let in by its server ${inside}: ${printableText(said('refused'))}`)
  const major = Math.floor(number('server_version_num') / 10_000)
  const client = /\(PostgreSQL\) (\d+)/.exec(said('client'))?.[1]
  const { systemIdentifier } = cluster.details
  if (said('system_identifier') !== systemIdentifier || cluster.version !== String(major))
    return impossible(`the server ${inside} has another cluster open than the one in the volume`)
  if (major < oldestMajor) return impossible(`before Postgres ${oldestMajor} a base backup has no manifest`)
  if (client !== String(major))
    return impossible(
      `the pg_basebackup ${inside} is of version ${client ?? 'unknown'}, the server of ${major}`,
    )
  if (said('recovery') !== 'false') return impossible('the server is a standby, or still recovers')
  // Of what Postgres has no knowledge it says only that it skipped it (basebackup.c, sendDir).
  if (said('link') !== '')
    return impossible(
      `its directory holds a link, "${printableText(said('link'))}", which a base backup leaves out`,
    )
  if (said('tablespaces') !== '0') return impossible('the cluster has tablespaces of its own')
  if (!/^(?:replica|logical)$/.test(said('wal_level')))
    return impossible(`wal_level is ${printableText(said('wal_level'))}`)
  if (!(number('max_wal_senders') > 0)) return impossible('max_wal_senders is 0')
  if (!(number('max_replication_slots') > number('slots')))
    return impossible('no replication slot is free (max_replication_slots)')
  if (said('replication') !== 'yes')
    return impossible(`replication is not allowed ${inside}: ${printableText(said('refused'))}`)
  if (said('password') !== '' && !passwordVariables.includes(said('password')))
    return impossible(`its server ${inside} wants a password from elsewhere`)
  const unanswered = ['host', 'port', 'folder', 'role', 'wal_segment_size'].filter(
    (name) => said(name) === '',
  )
  if (unanswered.length > 0) return impossible(`its server ${inside} does not say all that is needed`)
  return {
    possible: true,
    plan: {
      database: 'postgres',
      container,
      path: cluster.path,
      user,
      folder: said('folder'),
      host: said('host'),
      port: said('port'),
      role: said('role'),
      nearby: said('nearby') === systemIdentifier && said('nearby_identifier') === systemIdentifier,
      password: said('password'),
      systemIdentifier,
      walSegmentBytes: number('wal_segment_size'),
      bytes: number('bytes') || 0,
    },
    why: `Postgres ${major} makes a base backup of itself while it runs (pg_basebackup ${inside})`,
  }
}
