import { latin1, viewOf } from './bytes.ts'
import { fileIn, filesIn, type Look, type Marker } from './look.ts'

/** Files that MySQL and MariaDB have in common. */
export const innodbMarkers: readonly Marker[] = [
  { pattern: 'ibdata1', read: 0 },
  { pattern: 'ib_logfile0', read: 64 },
  { pattern: '*/#innodb_redo/#ib_redo*[0-9]', read: 64 },
]

/**
 * Who wrote the redo log, in its own words (`MariaDB 11.8.3`, `MySQL 8.0.44`): 32 bytes from byte 16 of each of its
 * files in all versions (LOG_HEADER_CREATOR in storage/innobase/include/log0log.h). Undefined when none tells.
 */
export function redoLogCreator(look: Look, directory: string): string | undefined {
  const redo = filesIn(look, directory === '.' ? '#innodb_redo' : `${directory}/#innodb_redo`)
  const files = [fileIn(look, directory, 'ib_logfile0'), ...redo.map(([, file]) => file)]
  return files
    .map((file) => /^[\w .:-]{3,32}/.exec(latin1(file?.start?.subarray(16, 48)))?.[0]?.trim())
    .find((creator) => creator !== undefined && creator !== '')
}

/**
 * The version of the server that made or upgraded a tablespace: a number like 80044 in its first page, where other
 * pages name the one before them (FIL_PAGE_SRV_VERSION in storage/innobase/include/fil0types.h, MySQL 8).
 */
export function tablespaceVersion(start: Uint8Array | undefined): string | undefined {
  if (start === undefined || start.length < 12) return undefined
  const number = viewOf(start).getUint32(8, false)
  if (number < 80_000 || number > 300_000) return undefined
  return `${Math.floor(number / 10_000)}.${Math.floor(number / 100) % 100}.${number % 100}`
}
