import type { ComparisonContext } from './compare.ts'

/**
 * Whether a later version of Postgres may print as `after` what an earlier one prints as `before`: nothing is allowed
 * but what it is known to print otherwise.
 */
export function fitsLaterWords(
  name: string,
  before: string,
  after: string,
  { fromMajor, toMajor }: Pick<ComparisonContext, 'fromMajor' | 'toMajor'>,
): boolean {
  const crosses = (major: number) => fromMajor < major && toMajor >= major
  // In a text within it, the same words may change unseen; nothing else is lost by that.
  const isTrigger = crosses(12) && name.startsWith('TRIGGER ')
  const was = isTrigger ? before.replaceAll(' EXECUTE PROCEDURE ', ' EXECUTE FUNCTION ') : before
  let words = isTrigger ? after.replaceAll(' EXECUTE PROCEDURE ', ' EXECUTE FUNCTION ') : after
  if (crosses(14)) words = words.replaceAll(/^ {4}multirange_type_name = .*\n/gm, '')
  if (crosses(18)) words = words.replaceAll(/\bCONSTRAINT (?:"(?:[^"]|"")+"|[\w$]+) NOT NULL\b/gu, 'NOT NULL')
  if (words === was) return true
  return crosses(16) && /^(MATERIALIZED VIEW|VIEW|RULE) /.test(name) && sameWithoutQualifiers(was, words)
}

/** Names, quoted ones too, texts, and every other sign by itself. */
const token = /"(?:[^"]|"")*"|'(?:[^']|'')*'|[\p{L}\p{N}_$]+|\S/gu

/** Whether `after` is `before` with some names of tables left out in front of columns, and none put in another's place. */
export function sameWithoutQualifiers(before: string, after: string): boolean {
  const [was, is] = [before.match(token) ?? [], after.match(token) ?? []]
  let at = 0
  for (const word of is) {
    if (was[at] !== word && was[at + 1] === '.' && was[at + 2] === word) at += 2
    if (was[at] !== word) return false
    at += 1
  }
  return at === was.length
}
