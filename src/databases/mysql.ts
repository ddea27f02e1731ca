import type { DatabaseFacts } from '../facts.ts'
import { known, latin1, majorAndMinor, shown } from './bytes.ts'
import type { Database } from './database.ts'
import { innodbMarkers, redoLogCreator, tablespaceVersion } from './innodb.ts'
import { directoriesWith, fileIn, type Look } from './look.ts'

/** MySQL, by its data dictionary since 8.0, or by what its redo log says before. */
export const mysql: Database = {
  markers: [
    ...innodbMarkers,
    { pattern: 'mysql.ibd', read: 64 },
    { pattern: 'auto.cnf', read: 512 },
    { pattern: 'mysql_upgrade_info', read: 64 },
  ],
  fromFiles: (look) =>
    directoriesWith(look, 'ibdata1')
      .filter((directory) => isMysql(look, directory))
      .map((directory) => serverIn(look, directory)),
  images: [
    {
      kind: 'mysql',
      names: ['mysql', 'mysql-server', 'percona', 'percona-server'],
      variables: ['MYSQL_MAJOR', 'MYSQL_VERSION'],
      version: (environment, tag) =>
        majorAndMinor(environment('MYSQL_VERSION')) ??
        majorAndMinor(environment('MYSQL_MAJOR')) ??
        (environment('BITNAMI_APP_NAME') === 'mysql'
          ? majorAndMinor(environment('APP_VERSION'))
          : undefined) ??
        majorAndMinor(tag),
      directories: () => ['/var/lib/mysql', '/bitnami/mysql/data'],
      filesFromTheStart: true,
    },
  ],
}

function isMysql(look: Look, directory: string): boolean {
  if (fileIn(look, directory, 'aria_log_control') !== undefined) return false
  return (
    fileIn(look, directory, 'mysql.ibd') !== undefined ||
    redoLogCreator(look, directory)?.startsWith('MySQL') === true
  )
}

function serverIn(look: Look, directory: string): DatabaseFacts {
  const creator = redoLogCreator(look, directory)
  const upgraded = /^\d+\.\d+\.\d+/.exec(latin1(fileIn(look, directory, 'mysql_upgrade_info')?.start))?.[0]
  const created = /^MySQL (\d+\.\d+\.\d+)/.exec(creator ?? '')?.[1]
  const server = tablespaceVersion(fileIn(look, directory, 'mysql.ibd')?.start) ?? upgraded ?? created
  const version = majorAndMinor(server)
  const settings = latin1(fileIn(look, directory, 'auto.cnf')?.start)
  return {
    kind: 'mysql',
    ...(version === undefined ? {} : { version }),
    path: shown(directory),
    recognisedBy: 'files',
    details: known({
      serverVersion: server,
      serverUuid: /^server-uuid=([0-9a-f-]{36})$/m.exec(settings)?.[1],
      redoLogCreator: creator,
    }),
  }
}
