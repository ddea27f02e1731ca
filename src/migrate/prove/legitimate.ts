import {
  areFewer,
  endsAlike,
  isLater,
  librariesIn,
  onlyLeftOut,
  onlyMaintain,
  onlyRemovedSettings,
  same,
  texts,
  writtenByInitdb,
} from './by-rights.ts'
import type { Candidate, Whole } from './compare.ts'
import { fitsLaterWords } from './definitions.ts'
import type { FactKind } from './manifest.ts'

/** Why something may differ after a migration. */
export type Reason = {
  /** Stable, for scripts. */
  readonly id: string
  readonly reason: string
}

/** A kind of difference that a migration brings along by rights. */
export type LegitimateDifference = Reason & {
  readonly kinds: readonly FactKind[]
  readonly accepts: (candidate: Candidate, whole: Whole) => boolean
}

/** All of them. `docs/migration-proof.md` lists them for users, and a test sees to it. */
export const legitimateDifferences: readonly LegitimateDifference[] = [
  {
    id: 'extension-version',
    reason: 'Extensions are brought to the version that the new server has.',
    kinds: ['extension'],
    accepts: ({ field, before, after }) => field === 'version' && isLater(before, after),
  },
  {
    id: 'extension-rows',
    reason: 'Tables that an extension brought are filled by its new version.',
    kinds: ['rows'],
    accepts: ({ database, factBefore, factAfter }, { before, after }) => {
      const extension = factBefore?.fields['extension']
      if (typeof extension !== 'string' || factAfter === undefined) return false
      const versionIn = (facts: typeof before.facts) =>
        facts.find(
          (each) => each.kind === 'extension' && each.name === extension && each.database === database,
        )?.fields['version']
      return versionIn(before.facts) !== versionIn(after.facts)
    },
  },
  {
    id: 'maintain-right',
    reason: 'Postgres 17 has a right to maintain tables, which whoever had all rights has with them.',
    kinds: ['object'],
    accepts: ({ field, before, after }, { fromMajor, toMajor }) =>
      field === 'grants' && fromMajor < 17 && toMajor >= 17 && onlyMaintain(texts(before), texts(after)),
  },
  {
    id: 'membership-grantor',
    reason:
      'Postgres 16 lets only those pass a role on who were given that right; before, others are on record.',
    kinds: ['membership'],
    accepts: ({ field }, { fromMajor, toMajor }) => field === 'by' && fromMajor < 16 && toMajor >= 16,
  },
  {
    id: 'definition-words',
    reason:
      'Later versions say the same with other words: triggers call a function what was a procedure (12), ranges have the name of their multirange (14), columns go without the name of the only table (16), columns that are not null have the name of that constraint (18).',
    kinds: ['definition'],
    accepts: ({ name, field, before, after }, whole) =>
      field === 'text' &&
      typeof before === 'string' &&
      typeof after === 'string' &&
      fitsLaterWords(name, before, after, whole),
  },
  {
    id: 'new-setting',
    reason: 'The new version writes this setting into its file when a cluster is made.',
    kinds: ['setting'],
    accepts: ({ change, name }) => change === 'added' && writtenByInitdb.has(name),
  },
  {
    id: 'removed-setting',
    reason: 'The new version has no such setting.',
    kinds: ['setting', 'role settings'],
    accepts: (candidate, { after }) => onlyRemovedSettings(candidate, after.knownSettings),
  },
  {
    id: 'setting-not-taken',
    reason: 'The new version does not take this line; it stays in its file as a comment, with the reason.',
    kinds: ['setting'],
    accepts: ({ change, name }, { after }) => change !== 'added' && after.leftOutSettings.has(name),
  },
  {
    id: 'login-rule-not-taken',
    reason:
      'The new version does not take this rule for logins; it stays in its file as a comment, with the reason.',
    kinds: ['logins'],
    accepts: ({ change, factBefore, factAfter }) =>
      change === 'changed' && onlyLeftOut(factBefore?.fields ?? {}, factAfter?.fields ?? {}),
  },
  {
    id: 'missing-library',
    reason: 'Libraries that the new image lacks are not loaded at its start.',
    kinds: ['setting'],
    accepts: ({ name, field, before, after }) =>
      name.endsWith('preload_libraries') &&
      field === 'value' &&
      areFewer(librariesIn(before), librariesIn(after)),
  },
  {
    id: 'moved-path',
    reason: 'A path into the data directory leads into the new one.',
    kinds: ['setting'],
    accepts: ({ field, before, after }) => field === 'value' && endsAlike(before, after),
  },
  {
    id: 'tablespace-folder',
    reason: 'The folder of a tablespace moves along with the cluster.',
    kinds: ['tablespace'],
    accepts: ({ field }) => field === 'location',
  },
  {
    id: 'refreshed-view',
    reason: 'A dump fills materialized views anew by their query.',
    kinds: ['rows'],
    accepts: ({ change, factBefore, factAfter }, { method }) =>
      method === 'dump' &&
      change === 'changed' &&
      factBefore?.fields['kind'] === 'materialized view' &&
      (factBefore.fields['rows'] === null) === (factAfter?.fields['rows'] === null),
  },
  {
    id: 'order-in-partition',
    reason: 'A dump brings the same rows into a part of a table that is divided by hash in another order.',
    kinds: ['rows'],
    accepts: ({ field, factBefore, factAfter }, { method }) =>
      method === 'dump' &&
      field === 'sha256' &&
      factBefore?.fields['partition'] !== undefined &&
      same(factBefore.fields['sums'], factAfter?.fields['sums']) &&
      same(factBefore.fields['rows'], factAfter?.fields['rows']),
  },
  {
    id: 'moved-between-partitions',
    reason:
      'A dump brings rows into other parts of a table that is divided by hash; together they hold the same.',
    kinds: ['rows'],
    accepts: ({ change, database = '', factBefore }, { method, partsAddUp }) => {
      const table = factBefore?.fields['partition']
      return (
        method === 'dump' && change === 'changed' && typeof table === 'string' && partsAddUp(database, table)
      )
    },
  },
  {
    id: 'invalid-index',
    reason: 'An index whose building failed is of no use and is left out.',
    kinds: ['index', 'object'],
    accepts: ({ kind, change, database, name }, { factBefore }) => {
      if (change !== 'missing') return false
      const index = kind === 'index' ? name : /^index (.*)$/s.exec(name)?.[1]
      return index !== undefined && factBefore('index', database, index)?.fields['valid'] === false
    },
  },
  {
    id: 'constraint-switched-on',
    reason: 'A foreign key whose triggers were disabled is enforced again.',
    kinds: ['constraint'],
    accepts: ({ field, before, after }) => field === 'switched off' && before === true && after === false,
  },
  {
    id: 'subscription-disabled',
    reason: 'A subscription comes back disabled and without its slot, so that nothing is applied twice.',
    kinds: ['subscription'],
    accepts: ({ change, field, after }, { method, fromMajor }) =>
      change === 'changed' &&
      (method === 'dump' || fromMajor < 17) &&
      ((field === 'enabled' && after === false) || field === 'slot'),
  },
  {
    id: 'replication-slot',
    reason: 'Replication slots belong to the old cluster. Replicas have to be made anew.',
    kinds: ['replication slot'],
    accepts: ({ change }) => change === 'missing',
  },
]
