import { createHash } from 'node:crypto'
import type { Fact } from './manifest.ts'

/** Definitions that may hold passwords. */
const withSecrets = /^(USER MAPPING|SUBSCRIPTION|SERVER|FOREIGN DATA WRAPPER|FOREIGN TABLE)\b/

/** What pg_dump says of a database, an object at a time. The same pg_dump says it of both servers. */
export function schemaFacts(database: string, lines: readonly string[]): readonly Fact[] {
  return schemaEntries(lines).map(({ name, text }) => ({
    kind: 'definition',
    database,
    name,
    fields: withSecrets.test(name) ? { digest: createHash('sha256').update(text).digest('hex') } : { text },
  }))
}

/** What belongs to one client session or to the server that was asked, and to no object. */
const passing =
  /^(\\(un)?restrict |\\connect |-- Dumped |SET (default_tablespace|default_table_access_method|statement_timeout|lock_timeout|idle_in_transaction_session_timeout|transaction_timeout|client_encoding|standard_conforming_strings|check_function_bodies|xmloption|client_min_messages|row_security) = |SELECT pg_catalog\.set_config\('search_path')/

/**
 * Cuts a dump at its headings, `-- Name: …; Type: …; Schema: …; Owner: …`. A heading that comes again gets a number.
 * Nothing is left out but what belongs to no object: a text that looks like a heading cuts elsewhere, on both sides.
 */
export function schemaEntries(
  lines: readonly string[],
): readonly { readonly name: string; readonly text: string }[] {
  const entries: { name: string; lines: string[] }[] = []
  const seen = new Map<string, number>()
  for (const line of lines) {
    const heading = /^-- Name: (.*); Type: ([A-Z ]+); Schema: (.*); Owner: (.*)$/.exec(line)
    if (heading !== null) {
      const [, name = '', type = '', schema = ''] = heading
      const title = `${type} ${schema === '-' ? '' : `${schema}.`}${name}`
      const times = (seen.get(title) ?? 0) + 1
      seen.set(title, times)
      entries.push({ name: times === 1 ? title : `${title} (${times})`, lines: [line] })
    } else if (isMark.test(line)) keepWithoutMark(entries.at(-1)?.lines ?? [], line)
    else if (!passing.test(line) && line !== '--') entries.at(-1)?.lines.push(line)
  }
  return entries.map(({ name, lines: text }) => ({ name, text: text.join('\n') }))
}

/** Debian's 17.12 marks columns with an option that its own pg_dump leaves out, and others print as if a user had set it. */
const isMark = / SET \(.*\bpg_attver=\d+.*\);$/

function keepWithoutMark(lines: string[], line: string): void {
  const rest = line.replace(/, pg_attver=\d+|pg_attver=\d+, |pg_attver=\d+/, '')
  if (!rest.endsWith(' SET ();')) lines.push(rest)
  // The statement goes; it began on an earlier line if there are line breaks in a name.
  else if (!rest.startsWith('ALTER ')) {
    const beginning = lines.findLastIndex((each) => each.startsWith('ALTER '))
    if (beginning !== -1) lines.splice(beginning)
  }
}
