import type { Container, DatabaseFacts } from '../../facts.ts'
import { printableText } from '../../tar/name.ts'
import type { Covered } from '../../volumes/outside.ts'
import { impossible, type Possible } from './possible.ts'

/** How a MariaDB is copied by mariadb-backup while it runs. */
export type MariadbPlan = {
  readonly database: 'mariadb'
  readonly container: Container
  /** Where in the volume the data directory lies; `.` is its root. */
  readonly path: string
  /** The same in the container. */
  readonly inside: string
  /** The program, and the socket of the server. */
  readonly backup: string
  readonly socket: string
  /** The variable of the container that holds root's password; empty when none is needed. */
  readonly password: string
  /** About how large the tables are. */
  readonly bytes: number
}

/** Files of a server without a binary log that a backup brings, that it makes anew, or that are copied beside it. */
const known = [
  'ibdata* ib_logfile* ibtmp* undo* aria_log* ib_buffer_pool* ddl_recovery*.log ddl.log tc.log',
  ...['frm', 'ibd', 'par', 'MAI', 'MAD', 'MYI', 'MYD', 'MRG', 'TRG', 'TRN', 'CSM', 'CSV', 'ARZ', 'ARM'].map(
    (kind) => `*/*.${kind}`,
  ),
  '*/db.opt',
  '*.pid *.sock *.err multi-master.info mariadb_upgrade_info mysql_upgrade_info .my-healthcheck.cnf',
  'mariadb_backup_* xtrabackup_* backup-my.cnf',
].flatMap((names) => names.split(' '))

/** What of a volume its backup stands for. */
export function coveredByMariadb({ path }: Pick<MariadbPlan, 'path'>): Covered {
  return { files: known.map((name) => (path === '.' ? name : `${path}/${name}`)) }
}

/** Decides from what a container answered whether its server can be backed up whole. */
export function decideMariadb(
  container: Container,
  { path }: Pick<DatabaseFacts, 'path'>,
  answers: ReadonlyMap<string, string>,
): Possible<MariadbPlan> {
  const said = (name: string) => answers.get(name) ?? ''
  const inside = `in container "${container.name}"`
  if (answers.has('problem')) return impossible(`MariaDB ${inside} ${printableText(said('problem'))}`)
  if (said('version') === '')
    return impossible(`nobody is let in by its server ${inside}: ${printableText(said('refused'))}`)
  const server = /^(\d+\.\d+\.\d+)-MariaDB/.exec(said('version'))?.[1]
  const tool = /MariaDB server (\d+\.\d+\.\d+)-MariaDB/.exec(said('tool'))?.[1]
  if (server === undefined || tool !== server)
    return impossible(
      `mariadb-backup ${inside} is of version ${tool ?? 'unknown'}, the server of ${server ?? 'another kind'}`,
    )
  if (!/^(?:0|OFF)$/.test(said('log_bin')))
    return impossible('it writes a binary log, which a backup leaves out')
  if (said('encryption') !== '0') return impossible('its files are encrypted')
  const elsewhere = [
    'innodb_data_home_dir',
    'innodb_undo_directory',
    'innodb_log_group_home_dir',
    'aria_log_dir_path',
  ]
  const home = said('datadir').replace(/\/$/, '')
  const far = elsewhere.find((name) => !['', '.', home].includes(said(name).replace(/\/$/, '')))
  if (far !== undefined || said('innodb_data_file_path').includes('/'))
    return impossible('it keeps files outside of its data directory')
  if (said('allowed') !== 'yes')
    return impossible(`backups are not allowed ${inside}: ${printableText(said('refused'))}`)
  if (said('backup') === '' || said('socket') === '' || home === '')
    return impossible(`its server ${inside} does not say all that is needed`)
  return {
    possible: true,
    plan: {
      database: 'mariadb',
      container,
      path,
      inside: said('datadir'),
      backup: said('backup'),
      socket: said('socket'),
      password: said('password'),
      bytes: Number.parseInt(said('bytes'), 10) || 0,
    },
    why: `MariaDB ${server} is backed up while it runs (mariadb-backup ${inside})`,
  }
}
