import { changedIn, type Check } from '../check.ts'
import { objectsOfDatabases } from '../objects.ts'
import { columnsHolding, firstUserObject, systemTypes } from '../type-queries.ts'

/** Columns whose types are gone, or whose files a newer server would misread. */
export const typeChecks: readonly Check[] = [
  {
    id: 'removed-type',
    severity: 'blocker',
    summary: 'Columns of a type that Postgres 12 no longer has',
    doc: `\`abstime\`, \`reltime\` and \`tinterval\` were removed in Postgres 12. Such a column can neither be taken over
nor restored. Give it another type (\`timestamptz\`, \`interval\`) in the old server first.`,
    applies: changedIn(12),
    query: {
      of: 'database',
      sql: () => columnsHolding(systemTypes(['abstime', 'reltime', 'tinterval'])),
    },
    find: objectsOfDatabases((names) => `The target has no type for ${names}.`),
  },
  {
    id: 'changed-type',
    severity: 'blocker',
    blocks: ['upgrade'],
    summary: 'Columns of a type that is stored in another way now',
    doc: `The files of \`sql_identifier\` columns changed in Postgres 12, those of \`aclitem\` columns in 16. pg_upgrade
takes files as they are, and so refuses them. A dump carries them over as text.`,
    applies: (majors) => changedIn(12)(majors) || changedIn(16)(majors),
    query: {
      of: 'database',
      sql: (majors) => {
        const aclitem = changedIn(16)(majors) ? [systemTypes(['aclitem'])] : []
        const identifier = changedIn(12)(majors)
          ? [
              `select oid from pg_type where typnamespace = 'information_schema'::regnamespace and typname = 'sql_identifier'`,
            ]
          : []
        return columnsHolding([...aclitem, ...identifier].join(' union all '))
      },
    },
    find: objectsOfDatabases((names) => `The type of ${names} is stored in another way by the target.`),
  },
  {
    id: 'reg-columns',
    severity: 'blocker',
    blocks: ['upgrade'],
    summary: 'Columns that name functions, operators, text search configurations and the like by their OID',
    doc: `Columns of type \`regproc\`, \`regprocedure\`, \`regoper\`, \`regoperator\`, \`regconfig\`, \`regdictionary\`,
\`regnamespace\` and \`regcollation\` hold OIDs, which pg_upgrade does not keep for those objects. A dump carries them
over as names.`,
    query: {
      of: 'database',
      sql: () =>
        columnsHolding(
          systemTypes([
            'regcollation',
            'regconfig',
            'regdictionary',
            'regnamespace',
            'regoper',
            'regoperator',
            'regproc',
            'regprocedure',
          ]),
        ),
    },
    find: objectsOfDatabases((names) => `The OIDs in ${names} would mean something else afterwards.`),
  },
  {
    id: 'system-row-columns',
    severity: 'blocker',
    blocks: ['upgrade'],
    summary: 'Columns of the row type of a system table or view',
    doc: `The row types of system tables change between versions, and with them the bytes of such a column. pg_upgrade
refuses them.`,
    query: {
      of: 'database',
      sql: () =>
        columnsHolding(
          `select oid from pg_type where typtype = 'c' and (oid < ${firstUserObject} or typnamespace = 'information_schema'::regnamespace)`,
        ),
    },
    find: objectsOfDatabases((names) => `The row type that ${names} uses may be another in the target.`),
  },
  {
    id: 'tables-with-oids',
    severity: 'blocker',
    summary: 'Tables WITH OIDS',
    doc: `Postgres 12 has no hidden \`oid\` columns any more: pg_upgrade refuses such tables, and a dump leaves the
numbers out without a word. If nobody needs them, take them away; else copy them into a column of their own first.`,
    applies: changedIn(12),
    query: {
      of: 'database',
      sql: () => `
select c.oid::regclass as object, format('ALTER TABLE %s SET WITHOUT OIDS;', c.oid::regclass) as cure
from pg_class c where c.relhasoids and c.relkind in ('r', 'p') and c.oid >= ${firstUserObject} order by 1`,
    },
    find: objectsOfDatabases((names) => `The target has no hidden oid column for ${names}.`),
  },
]
