import type { DatabaseFacts, DatabaseKind } from '../facts.ts'
import { known, latin1, majorAndMinor, shown } from './bytes.ts'
import type { Database } from './database.ts'
import { filesIn, nearRootFirst, type FoundFile, type Look } from './look.ts'
import { readRdb, type Rdb } from './redis-rdb.ts'

/** How much of a dump is read: its beginning says who wrote it. */
const dumpBytes = 512

/** Redis and Valkey, by their dumps (RDB) and append-only files (AOF). KeyDB and Dragonfly write the same as Redis. */
export const redis: Database = {
  markers: [
    { pattern: '*.rdb', read: dumpBytes },
    // Since 7 the append-only files have a directory of their own, with a list of them.
    { pattern: '*.aof.manifest', read: 0 },
    { pattern: 'appendonly.aof', read: dumpBytes },
    { pattern: 'nodes.conf', read: 0 },
  ],
  fromFiles: (look) => directoriesOf(look).flatMap((directory) => serverIn(look, directory)),
  images: [
    {
      kind: 'valkey',
      names: ['valkey', 'valkey-bundle'],
      variables: ['VALKEY_VERSION'],
      version: (environment, tag) => majorAndMinor(environment('VALKEY_VERSION')) ?? majorAndMinor(tag),
      directories: () => ['/data', '/bitnami/valkey/data'],
      filesFromTheStart: false,
    },
    {
      kind: 'redis',
      names: ['redis', 'redis-stack', 'redis-stack-server', 'keydb'],
      variables: ['REDIS_VERSION'],
      version: (environment, tag) =>
        majorAndMinor(environment('REDIS_VERSION')) ??
        (environment('BITNAMI_APP_NAME') === 'redis'
          ? majorAndMinor(environment('APP_VERSION'))
          : undefined) ??
        majorAndMinor(tag),
      directories: () => ['/data', '/bitnami/redis/data'],
      filesFromTheStart: false,
    },
  ],
}

/** Directories in which a server may have its files: its dumps directly, its append-only files one further down. */
function directoriesOf(look: Look): readonly string[] {
  const found = new Set<string>()
  for (const path of look.files.keys()) {
    const parts = path.split('/')
    const name = parts.pop() ?? ''
    if (name.endsWith('.aof.manifest')) parts.pop()
    else if (name !== 'appendonly.aof' && !(name.endsWith('.rdb') && !name.endsWith('.base.rdb'))) continue
    found.add(parts.length === 0 ? '.' : parts.join('/'))
  }
  return [...found].sort(nearRootFirst)
}

function serverIn(look: Look, directory: string): readonly DatabaseFacts[] {
  const here = filesIn(look, directory)
  const below = appendOnlyFiles(look, directory)
  const dump = here.find(([name, file]) => name.endsWith('.rdb') && readRdb(file.start) !== undefined)
  const base = below.find(([name, file]) => name.endsWith('.rdb') && readRdb(file.start) !== undefined)
  const isListed = below.some(([name]) => name.endsWith('.aof.manifest'))
  const [, single] = here.find(([name, file]) => name === 'appendonly.aof' && isAppendOnlyFile(file)) ?? []
  if (dump === undefined && base === undefined && !isListed && single === undefined) return []
  const rdb = readRdb(base?.[1].start) ?? readRdb(single?.start) ?? readRdb(dump?.[1].start)
  const kind: DatabaseKind = rdb?.isValkey === true ? 'valkey' : 'redis'
  const version = majorAndMinor(rdb?.server)
  return [
    {
      kind,
      ...(version === undefined ? {} : { version }),
      path: shown(directory),
      recognisedBy: 'files',
      details: known({
        serverVersion: rdb?.server && shown(rdb.server),
        rdbVersion: rdb?.version.toString(),
        dump: dump && shown(dump[0]),
        dumpTime: savedAt(readRdb(dump?.[1].start)),
        appendOnly: isListed ? 'directory' : single === undefined ? 'none' : 'file',
        cluster: here.some(([name, file]) => name === 'nodes.conf' && file.size > 0) ? 'yes' : undefined,
      }),
    },
  ]
}

/** The files beside a list of append-only files, one directory down. */
function appendOnlyFiles(look: Look, directory: string): readonly (readonly [string, FoundFile])[] {
  const prefix = directory === '.' ? '' : `${directory}/`
  const lists = [...look.files.keys()].filter(
    (path) =>
      path.endsWith('.aof.manifest') &&
      /^[^/]+\/[^/]+$/.test(path.slice(prefix.length)) &&
      path.startsWith(prefix),
  )
  return lists.flatMap((path) => filesIn(look, path.slice(0, path.lastIndexOf('/'))))
}

/** It begins with a dump, or with commands: `*2`, an array of two words. */
function isAppendOnlyFile(file: FoundFile): boolean {
  return file.size === 0 || readRdb(file.start) !== undefined || /^\*\d+\r\n\$/.test(latin1(file.start))
}

function savedAt(rdb: Rdb | undefined): string | undefined {
  const time = new Date((rdb?.savedAt ?? Number.NaN) * 1000)
  return Number.isNaN(time.getTime()) ? undefined : time.toISOString()
}
