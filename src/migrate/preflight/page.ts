import type { Check } from './check.ts'

const levels = {
  blocker: 'Blockers end the migration before anything is touched.',
  warning: 'Warnings say what is lost or must be done afterwards.',
  note: 'Notes say what is handled, or good to know.',
} as const

/** Findings that no check makes: the rehearsal of the schema does. */
const ofRehearsal = [
  {
    id: 'definition-refused',
    severity: 'blocker',
    summary: 'Definitions that the target refuses',
    doc: `Before anything else the definitions of everything in the cluster are restored into an empty server of the target,
without data. Whatever it refuses is told with the object that it belongs to: change or drop it in the old server.`,
  },
  {
    id: 'schema-not-dumped',
    severity: 'blocker',
    summary: 'Definitions that cannot be read',
    doc: `The target's own \`pg_dumpall\` could not read the definitions from the old server. It says why.`,
  },
] as const

/** docs/migration-findings.md: everything that is looked for before a migration, in Markdown. */
export function findingsPage(checks: readonly Check[]): string {
  const all: readonly Pick<Check, 'id' | 'severity' | 'blocks' | 'summary' | 'doc'>[] = [
    ...checks,
    ...ofRehearsal,
  ]
  const levelsInOrder = Object.entries(levels)
  const rows = levelsInOrder.flatMap(([level]) =>
    all
      .filter(({ severity }) => severity === level)
      .map(
        ({ id, severity, blocks, summary }) =>
          `| [${id}](#${id}) | ${severity} | ${blocked(severity, blocks)} | ${summary} |`,
      ),
  )
  return [
    '# What is looked for before a migration',
    `Before a volume of Postgres is migrated, its server and a throw-away server of the target image are asked, without
downtime and without a change.`,
    Object.values(levels)
      .map((level) => `- ${level}`)
      .join('\n'),
    'A blocker that stands in the way of one method leaves the other: `auto` takes that.',
    ['| finding | | stands in the way of | |', '|---|---|---|---|', ...rows].join('\n'),
    ...all
      .toSorted((one, other) => one.id.localeCompare(other.id, 'en'))
      .map(({ id, summary, doc }) => `## ${id}\n\n${summary}.\n\n${doc}`),
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n')
}

function blocked(severity: Check['severity'], blocks: Check['blocks']): string {
  if (severity !== 'blocker') return ''
  return blocks === undefined ? 'both methods' : blocks.join(', ')
}
