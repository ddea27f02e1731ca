import { changedIn, type Check } from '../check.ts'
import { listed, objectsOfCluster } from '../objects.ts'

/** Transactions, databases, roles and replication: what belongs to the cluster as a whole. */
export const clusterChecks: readonly Check[] = [
  {
    id: 'older-target',
    severity: 'blocker',
    summary: 'The target is older than the cluster',
    doc: `No version reads the files of a newer one, and dumps of a newer one need not restore. Use an image of the same
major version or a newer one.`,
    find: ({ majors: { from, to } }) =>
      to < from ? [{ message: `The cluster is of Postgres ${from}, the target of ${to}.` }] : [],
  },
  {
    id: 'standby',
    severity: 'blocker',
    summary: 'The server is a standby',
    doc: `A standby follows another server and cannot be migrated by itself. Migrate the primary, and make the standby
anew from it; or promote this one first (\`SELECT pg_promote()\`).`,
    find: ({ rows }) =>
      rows('server').some(({ recovering }) => recovering === 'true')
        ? [{ message: 'The server is a standby, or still recovers.' }]
        : [],
  },
  {
    id: 'unclean-shutdown',
    severity: 'note',
    summary: 'The server was not shut down',
    doc: `The files are those of a server that was killed. Nothing needs to be done: the old server recovers on the copy,
and is shut down there, before anything else happens.`,
    find: ({ cluster: { shutDown }, consumers }) =>
      shutDown || consumers.some(({ state }) => state === 'running' || state === 'paused')
        ? []
        : [{ message: 'The server was killed when it last ran; its copy recovers first.' }],
  },
  {
    id: 'prepared-transactions',
    severity: 'blocker',
    summary: 'Transactions that were prepared and never decided',
    doc: `What was prepared for a two-phase commit is neither there nor gone until somebody decides. pg_upgrade refuses it
and a dump would lose it. Commit it or roll it back in its database.`,
    query: {
      of: 'cluster',
      sql: () => `
select format('%L (%s in %I)', gid, owner, x.database) as object,
  format('ROLLBACK PREPARED %L; -- in %I, or COMMIT PREPARED', gid, x.database) as cure
from pg_prepared_xacts x order by prepared`,
    },
    find: objectsOfCluster((names) => `Prepared transactions wait for a decision: ${names}.`),
  },
  {
    id: 'closed-databases',
    severity: 'note',
    summary: 'Databases that let nobody in',
    doc: `Neither pg_upgrade nor a dump can look into a database with ALLOW_CONNECTIONS false; dumps leave it out without a
word. Nothing needs to be done: it is opened on the copy, and closed again in the new cluster.`,
    query: {
      of: 'cluster',
      sql: () => `
select quote_ident(datname) as object
from pg_database where datname <> 'template0' and not datallowconn and datconnlimit <> -2 order by 1`,
    },
    find: objectsOfCluster(
      (names) => `Nobody is let into the database ${names}; it is opened on the copy only.`,
    ),
  },
  {
    id: 'invalid-databases',
    severity: 'blocker',
    summary: 'Databases whose removal was cut off',
    doc: `An interrupted DROP DATABASE leaves a database that cannot be used. Drop it again.`,
    query: {
      of: 'cluster',
      sql: () => `
select quote_ident(datname) as object, format('DROP DATABASE %I;', datname) as cure
from pg_database where datconnlimit = -2 order by 1`,
    },
    find: objectsOfCluster((names) => `The removal of the database ${names} was never finished.`),
  },
  {
    id: 'newline-in-name',
    severity: 'blocker',
    summary: 'Databases with a line break in their name',
    doc: `The programs of Postgres refuse to hand on such a name. Rename the database.`,
    query: {
      of: 'cluster',
      sql: () => `
select quote_ident(datname) as object,
  format('ALTER DATABASE %I RENAME TO %I;', datname, regexp_replace(datname, '[\\n\\r]', '_', 'g')) as cure
from pg_database where datname ~ '[\\n\\r]' order by 1`,
    },
    find: objectsOfCluster((names) => `The name of the database ${names} has a line break.`),
  },
  {
    id: 'open-template0',
    severity: 'blocker',
    blocks: ['upgrade'],
    summary: 'template0 lets connections in',
    doc: `\`template0\` is the database that nobody changes. pg_upgrade refuses a cluster where it can be.`,
    query: {
      of: 'cluster',
      sql: () => `
select 'template0' as object, 'ALTER DATABASE template0 ALLOW_CONNECTIONS false;' as cure
from pg_database where datname = 'template0' and datallowconn`,
    },
    find: objectsOfCluster((names) => `${names} lets connections in.`),
  },
  {
    id: 'database-not-asked',
    severity: 'blocker',
    summary: 'A database could not be asked',
    doc: `The checks failed in a database that should let them in. What it holds is unknown, so nothing is migrated.`,
    find: ({ rows }) =>
      rows('failed').map(({ database = '', said = '' }) => ({
        database,
        message: `It could not be asked: ${said}`,
      })),
  },
  {
    id: 'replication-slots',
    severity: 'warning',
    summary: 'Replication slots',
    doc: `A new cluster has another identity: standbys must be made anew, and physical slots are not carried over. Logical
slots are not either, except by pg_upgrade from Postgres 17 on, and that only when everything was consumed.`,
    query: {
      of: 'cluster',
      sql: () => `
select format('%s (%s)', slot_name, slot_type) as object,
  format('SELECT pg_drop_replication_slot(%L); -- and create it anew afterwards', slot_name) as cure
from pg_replication_slots where not temporary order by 1`,
    },
    find: objectsOfCluster((names) => `Replication slots are not carried over: ${names}.`),
  },
  {
    id: 'subscriptions',
    severity: 'warning',
    summary: 'Subscriptions',
    doc: `A subscription is carried over switched off, and before Postgres 17 without the state of its tables: let the
subscriber catch up before, and switch it on afterwards. pg_upgrade from 17 or later carries it on as it is; with
\`--into\` switch it off in the cluster that is not to follow, since two would compete for one slot.`,
    query: {
      of: 'cluster',
      sql: () => `
select format('%I in %I', subname, datname) as object,
  format('ALTER SUBSCRIPTION %I ENABLE; -- in %I, afterwards', subname, datname) as cure
from pg_subscription join pg_database d on d.oid = subdbid order by 1`,
    },
    find: objectsOfCluster(
      (names) =>
        `Subscriptions are switched off afterwards, unless pg_upgrade comes from 17 or later, which carries them on as they are: ${names}. Of two clusters only one may follow.`,
    ),
  },
  {
    id: 'archiving',
    severity: 'warning',
    summary: 'WAL is archived',
    doc: `The new cluster has another identity. Backups and archives of the old one cannot be continued with it: begin them
anew (\`pgbackrest stanza-upgrade\`, a new base backup) before you rely on them.`,
    find: ({ rows }) => {
      const on = rows('file-settings').find(
        ({ name, setting }) => name === 'archive_mode' && /^(?:on|always|true|yes|1)$/i.test(setting ?? ''),
      )
      return on === undefined
        ? []
        : [{ message: 'WAL is archived (archive_mode); the archive must be begun anew afterwards.' }]
    },
  },
  {
    id: 'md5-passwords',
    severity: 'note',
    summary: 'Passwords kept as MD5',
    doc: `They still work, with a warning since Postgres 18, and will not for ever. Set them again while
\`password_encryption\` is \`scram-sha-256\`.`,
    applies: ({ to }) => to >= 14,
    query: {
      of: 'cluster',
      sql: () => `
select quote_ident(rolname) as object, format('\\password %I', rolname) as cure
from pg_authid where rolpassword like 'md5%' and length(rolpassword) = 35 order by 1`,
    },
    find: objectsOfCluster((names) => `The password of ${names} is kept as MD5, which is going out of use.`),
  },
  {
    id: 'local-passwords',
    severity: 'note',
    summary: 'Local connections need a password',
    doc: `\`pg_hba.conf\` asks for a password on the server's own socket, often because of
\`POSTGRES_INITDB_ARGS=--auth=scram-sha-256\`. Nothing needs to be done: servers on copies run without a network and with
rules of their own, and the file is carried over as it is.`,
    find: ({ rows }) => {
      const [first] = rows('access-rules')
      const methods = localMethods(Buffer.from(first?.['content'] ?? '', 'base64').toString('latin1'))
      return methods.length === 0
        ? []
        : [{ message: `pg_hba.conf wants a password of local connections (${listed(methods)}).` }]
    },
  },
  {
    id: 'no-checksums',
    severity: 'note',
    summary: 'The cluster has no checksums',
    doc: `New clusters have data checksums since Postgres 18. The new cluster gets what the old one had, because
pg_upgrade refuses a difference. To switch them on, stop the server afterwards and run \`pg_checksums --enable\`.`,
    applies: changedIn(18),
    find: ({ cluster }) =>
      cluster.checksums
        ? []
        : [
            {
              message: 'The cluster has no checksums, and has none afterwards.',
              cure: 'pg_checksums --enable',
            },
          ],
  },
  {
    id: 'wal-segment-size',
    severity: 'note',
    summary: 'WAL segments of an unusual size',
    doc: `It must be the same in the new cluster, which is made with it. Nothing needs to be done.`,
    find: ({ cluster: { walSegmentBytes } }) =>
      walSegmentBytes === 16 * 1024 * 1024
        ? []
        : [{ message: `WAL segments have ${walSegmentBytes / 1024 / 1024} MiB, and keep that size.` }],
  },
]

/** What pg_hba.conf wants of connections over the socket, where that is a password. */
export function localMethods(rules: string): readonly string[] {
  const methods = rules.split('\n').flatMap((line) => {
    const [, method] = /^\s*local\s+(?:"[^"]*"|[^\s#]+)\s+(?:"[^"]*"|[^\s#]+)\s+([a-z0-9-]+)/.exec(line) ?? []
    return method === undefined ? [] : [method]
  })
  return [...new Set(methods.filter((method) => /^(?:scram-sha-256|md5|password)$/.test(method)))]
}
