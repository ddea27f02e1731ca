import type { DatabaseFacts } from '../facts.ts'
import { known, latin1, majorAndMinor, shown } from './bytes.ts'
import type { Database } from './database.ts'
import { directoriesWith, fileIn, type Look } from './look.ts'

/**
 * MongoDB on WiredTiger, its only engine since 4.2. No file says in plain text which version of MongoDB made it; that
 * comes from the image. The official image itself looks for these names to tell whether it has data.
 */
export const mongodb: Database = {
  markers: [
    { pattern: 'WiredTiger', read: 128 },
    { pattern: 'storage.bson', read: 256 },
    { pattern: 'mongod.lock', read: 0 },
    { pattern: 'journal', read: 0 },
  ],
  fromFiles: (look) =>
    directoriesWith(look, 'storage.bson')
      .filter((directory) => fileIn(look, directory, 'WiredTiger') !== undefined)
      .map((directory) => serverIn(look, directory)),
  images: [
    {
      kind: 'mongodb',
      names: ['mongo', 'mongodb', 'mongodb-community-server', 'percona-server-mongodb'],
      variables: ['MONGO_MAJOR', 'MONGO_VERSION'],
      version: (environment, tag) =>
        majorAndMinor(environment('MONGO_MAJOR')) ??
        majorAndMinor(environment('MONGO_VERSION')) ??
        (environment('BITNAMI_APP_NAME') === 'mongodb'
          ? majorAndMinor(environment('APP_VERSION'))
          : undefined) ??
        majorAndMinor(tag),
      directories: () => ['/data/db', '/bitnami/mongodb/data/db'],
      filesFromTheStart: true,
    },
  ],
}

function serverIn(look: Look, directory: string): DatabaseFacts {
  const lock = fileIn(look, directory, 'mongod.lock')
  const journal = fileIn(look, directory, 'journal')
  return {
    kind: 'mongodb',
    path: shown(directory),
    recognisedBy: 'files',
    details: known({
      // `WiredTiger 11.3.1: (May 6, 2025)` in its second line.
      wiredTiger: /^WiredTiger\nWiredTiger (\d+\.\d+\.\d+)/.exec(
        latin1(fileIn(look, directory, 'WiredTiger')?.start),
      )?.[1],
      // mongod empties it when it ends; anything in it means that it runs or was killed.
      lock: lock === undefined ? undefined : lock.size > 0 ? 'held' : 'free',
      journalDirectory: journal?.type === 'l' ? shown(journal.target) : undefined,
    }),
  }
}
