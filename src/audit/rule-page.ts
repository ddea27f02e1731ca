import { isLive, type Example, type LiveExample, type Rule } from './rule.ts'

const levels = { error: 'error', warning: 'warning', info: 'note' } as const

/** The page of a rule, in Markdown: docs/rules/ID.md and `--explain`. */
export function rulePage(rule: Rule): string {
  const { id, summary, severity, category, fixable, doc, examples } = rule
  const facts = [
    levels[severity],
    category,
    ...(isLive(rule) ? ['asks the engine'] : []),
    ...(fixable ? ['`--fix` can mend it'] : []),
  ].join(' · ')
  return [
    `# ${id}`,
    `${summary}.`,
    facts,
    doc,
    '## Found',
    ...examples.bad.map(exampleText),
    '## Not found',
    ...examples.good.map(exampleText),
    '## To ignore it',
    'At a line, or above a service or volume:',
    `\`\`\`yaml\n# docker-vol-ignore ${id}: why it is right here\n\`\`\``,
    'For the project, in `.docker-vol.yaml` beside the Compose file:',
    `\`\`\`yaml\nrules:\n  ${id}: off\n\`\`\``,
    '',
  ]
    .join('\n\n')
    .replace(/\n+$/, '\n')
}

/** The list of all rules, in Markdown. */
export function rulesIndex(rules: readonly Rule[]): string {
  const rows = rules.map(
    (rule) =>
      `| [${rule.id}](${rule.id}.md) | ${levels[rule.severity]} | ${rule.category} | ${isLive(rule) ? 'engine' : 'files'} | ${rule.fixable ? 'yes' : ''} | ${rule.summary} |`,
  )
  return [
    '# Rules of `docker vol audit`',
    '',
    'error: data will be lost or exposed as written. warning: it will be under a likely event. note: better practice.',
    '',
    '| rule | severity | about | looks at | fix | |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n')
}

function exampleText(example: Example | LiveExample): string {
  if ('shown' in example) return liveExampleText(example)
  const { compose, files } = example
  const parts = [`\`\`\`yaml\n${compose.trimEnd()}\n\`\`\``]
  const others = Object.entries(files ?? {})
  const settings = others.filter(([, text]) => text.includes(':'))
  const present = others.filter(([, text]) => !text.includes(':')).map(([name]) => `\`${name}\``)
  if (present.length > 0) parts.push(`(with ${present.join(', ')} beside it)`)
  for (const [name, text] of settings)
    parts.push(`with \`${name}\`:`, `\`\`\`yaml\n${text.trimEnd()}\n\`\`\``)
  return parts.join('\n\n')
}

function liveExampleText({ shown, compose }: LiveExample): string {
  const commands = `\`\`\`console\n${shown.trim()}\n\`\`\``
  return compose === undefined
    ? commands
    : `\`\`\`yaml\n${compose.trimEnd()}\n\`\`\`\n\nand on the engine:\n\n${commands}`
}
