import type { Check, Row, Seen } from '../check.ts'
import { listed } from '../objects.ts'

/** How text sorts, which the C library and ICU decide, and every index on text depends on. */
export const collationChecks: readonly Check[] = [
  {
    id: 'other-libc',
    severity: 'blocker',
    blocks: ['upgrade'],
    summary: 'From Alpine to Debian, or back',
    doc: `Alpine's C library sorts text in another order than Debian's, under the same name and without a word. Taken over
as they are, indexes miss rows and let duplicates in. A dump sorts everything anew.`,
    find: ({ cluster, target, rows }) => {
      const { libc } = cluster
      if (libc === 'unknown' || target.libc === 'unknown' || libc === target.libc) return []
      return rows('databases').every(isSortedByBytes)
        ? []
        : [{ message: `The cluster was made with ${libc}, the target image has ${target.libc}.` }]
    },
  },
  {
    id: 'unknown-libc',
    severity: 'warning',
    summary: 'Nothing tells which C library the cluster was made with',
    doc: `When nothing tells whether it was Alpine's or Debian's, indexes on text may be in another order than the target
wants, and have been before. Look through them (\`pg_amcheck\`), and rebuild them if in doubt.`,
    find: ({ cluster, rows }) =>
      cluster.libc !== 'unknown' || rows('databases').every(isSortedByBytes)
        ? []
        : [
            {
              message: 'Nothing tells which C library the cluster was made with.',
              cure: 'REINDEX DATABASE name; -- each, afterwards, if it ever ran on Alpine and now does not, or the reverse',
            },
          ],
  },
  {
    id: 'collation-changed',
    severity: 'note',
    summary: 'Text sorts by another version of the C library or of ICU',
    doc: `A new version may sort text in another order, in which indexes must then be. After an upgrade they are rebuilt, and
the version that databases have noted is refreshed; a dump builds them anyway. This takes time.`,
    find: (seen) => {
      const changed = changedCollations(seen)
      return changed.length === 0
        ? []
        : [{ message: `Text sorts by another version of ${listed(changed)} in the target.` }]
    },
  },
  {
    id: 'text-ranges',
    severity: 'warning',
    summary: 'Tables that are partitioned by ranges of text',
    doc: `When text sorts in another order, a row may belong to another partition than the one it is in, which rebuilding
indexes does not cure. Use partitions by list or hash, or columns with \`COLLATE "C"\`.`,
    query: {
      of: 'database',
      sql: () => `
select p.partrelid::regclass as object
from pg_partitioned_table p cross join unnest(p.partcollation::oid[]) collation_oid
where p.partstrat = 'r' and collation_oid not in (0, 950, 951) group by 1 order by 1`,
    },
    find: (seen, own) =>
      changedCollations(seen).length === 0
        ? []
        : own.map(({ database = '', object = '' }) => ({
            database,
            message: `${object} is partitioned by ranges of text, whose order may change.`,
          })),
  },
  {
    id: 'missing-locale',
    severity: 'blocker',
    summary: 'Locales that the target image does not have',
    doc: `A database cannot be created with a locale that is not there. Use an image that has it: one of your own, in which
\`localedef\` made it, is a matter of two lines.`,
    find: ({ rows, tried }) =>
      rows('databases').flatMap(({ name = '', collate = '', ctype = '' }) => {
        const lacking = [...new Set([collate, ctype])].filter((locale) => tried.locales.has(locale))
        return lacking.length === 0
          ? []
          : [
              {
                database: name,
                message: `The target image has no locale ${listed(lacking)}.`,
                cure: `RUN localedef -i ${lacking[0]?.split('.')[0] ?? ''} -c -f UTF-8 ${lacking[0] ?? ''} # in an image of your own`,
              },
            ]
      }),
  },
]

/** Whether a database sorts text by its bytes, which is the same everywhere. `b` is Postgres's own provider. */
function isSortedByBytes({ provider, collate = '' }: Row): boolean {
  return provider === 'b' || (provider === 'c' && /^(?:C|POSIX)(?:\.|$)/.test(collate))
}

/**
 * What sorts text otherwise in the target: libraries with their versions. Versions that databases have noted count (a
 * server that ran on another image keeps them), and those of the old server's own libraries.
 */
export function changedCollations({ rows, target, cluster }: Seen): readonly string[] {
  const changes: string[] = []
  const libc = rows('databases').filter((row) => row['provider'] === 'c' && !isSortedByBytes(row))
  const [server] = rows('server')
  const own = server?.['libcVersion']
  const noted = libc.map(({ recorded }) => recorded ?? own)
  const before = [...new Set(noted)]
  const usesLibc = libc.length > 0 || rows('collations').some(({ provider }) => provider === 'c')
  if (usesLibc && (before.some((version) => version !== target.libcVersion) || own !== target.libcVersion))
    changes.push(
      `the C library (${nameOf(cluster.libc, [...before, own])} before, ${nameOf(target.libc, [target.libcVersion])} now)`,
    )
  const icu = [
    ...rows('databases').filter(({ provider }) => provider === 'i'),
    ...rows('collations').filter(({ provider }) => provider === 'i'),
  ]
  const icuBefore = server?.['icuVersion']
  if (icu.length > 0 && icuBefore !== target.icuVersion)
    changes.push(`ICU (${icuBefore ?? 'unknown'} before, ${target.icuVersion ?? 'none'} now)`)
  return changes
}

function nameOf(libc: string, versions: readonly (string | undefined)[]): string {
  const known = [...new Set(versions.filter((version) => version !== undefined))]
  return [libc === 'unknown' ? '' : libc, known.join(', ')].join(' ').trim() || 'unknown'
}
