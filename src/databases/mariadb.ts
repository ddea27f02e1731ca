import type { DatabaseFacts } from '../facts.ts'
import { known, latin1, majorAndMinor, shown } from './bytes.ts'
import type { Database } from './database.ts'
import { innodbMarkers, redoLogCreator } from './innodb.ts'
import { directoriesWith, fileIn, type Look } from './look.ts'

/** MariaDB: what MySQL has as well, and Aria's log, or a redo log that says who wrote it. */
export const mariadb: Database = {
  markers: [
    ...innodbMarkers,
    { pattern: 'aria_log_control', read: 0 },
    { pattern: 'mariadb_upgrade_info', read: 64 },
    { pattern: 'mysql_upgrade_info', read: 64 },
  ],
  fromFiles: (look) =>
    directoriesWith(look, 'ibdata1')
      .filter((directory) => isMariadb(look, directory))
      .map((directory) => serverIn(look, directory)),
  images: [
    {
      kind: 'mariadb',
      names: ['mariadb', 'alpine-mariadb'],
      variables: ['MARIADB_VERSION', 'MARIADB_MAJOR'],
      // The official images have the version of a Debian package: `1:11.8.2+maria~ubu2404`.
      version: (environment, tag) =>
        majorAndMinor(environment('MARIADB_VERSION')?.replace(/^\d+:/, '')) ??
        majorAndMinor(environment('MARIADB_MAJOR')) ??
        (environment('BITNAMI_APP_NAME') === 'mariadb'
          ? majorAndMinor(environment('APP_VERSION'))
          : undefined) ??
        majorAndMinor(tag),
      directories: () => ['/var/lib/mysql', '/bitnami/mariadb/data', '/config/databases'],
      filesFromTheStart: true,
    },
  ],
}

function isMariadb(look: Look, directory: string): boolean {
  return (
    fileIn(look, directory, 'aria_log_control') !== undefined ||
    redoLogCreator(look, directory)?.startsWith('MariaDB') === true
  )
}

function serverIn(look: Look, directory: string): DatabaseFacts {
  const creator = redoLogCreator(look, directory)
  // mariadb-upgrade writes it, since 11 under a name of its own, whenever it has run or found nothing to do.
  const upgraded = ['mariadb_upgrade_info', 'mysql_upgrade_info']
    .map((name) => /^(\d+\.\d+\.\d+)-MariaDB/.exec(latin1(fileIn(look, directory, name)?.start))?.[1])
    .find((version) => version !== undefined)
  const server = upgraded ?? /^MariaDB (\d+\.\d+\.\d+)/.exec(creator ?? '')?.[1]
  const version = majorAndMinor(server)
  return {
    kind: 'mariadb',
    ...(version === undefined ? {} : { version }),
    path: shown(directory),
    recognisedBy: 'files',
    details: known({ serverVersion: server, redoLogCreator: creator }),
  }
}
