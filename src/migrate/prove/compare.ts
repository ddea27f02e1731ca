import { legitimateDifferences, type Reason } from './legitimate.ts'
import { wholesOf } from './partitions.ts'
import type { Fact, FactKind, FactValue, Manifest } from './manifest.ts'

/** What is known of the way from one manifest to the other. */
export type ComparisonContext = {
  readonly method: 'upgrade' | 'dump'
  readonly fromMajor: number
  readonly toMajor: number
}

/** Something that is not as it was. */
export type Difference = {
  readonly kind: FactKind
  readonly database?: string
  readonly name: string
  /** `unread`: a database that lets nobody in, of which nobody can say what is in it. */
  readonly change: 'missing' | 'added' | 'changed' | 'unread'
  /** What of it changed. */
  readonly field?: string
  readonly before?: FactValue
  readonly after?: FactValue
  /** Why it is as it should be; left out when it is not. */
  readonly legitimate?: Reason
}

/** A difference with all that rules look at. */
export type Candidate = Omit<Difference, 'legitimate'> & {
  readonly factBefore: Fact | undefined
  readonly factAfter: Fact | undefined
}

/** The comparison as a whole, for rules that look beyond one fact. */
export type Whole = ComparisonContext & {
  readonly before: Manifest
  readonly after: Manifest
  /** Finds a fact of the cluster before. */
  readonly factBefore: (kind: FactKind, database: string | undefined, name: string) => Fact | undefined
  /** Whether the parts of a table by hash hold together what they held together before. */
  readonly partsAddUp: (database: string, table: string) => boolean
}

/**
 * Everything in which two clusters differ, each with the reason if it is one of those that a migration brings along by
 * rights. Any other says that something was lost or changed.
 */
export function compareManifests(
  before: Manifest,
  after: Manifest,
  context: ComparisonContext,
): readonly Difference[] {
  const [factsBefore, factsAfter] = [byKey(before.facts), byKey(after.facts)]
  const sums = { before: wholesOf(before.facts), after: wholesOf(after.facts) }
  const whole: Whole = {
    ...context,
    before,
    after,
    factBefore: (kind, database, name) => factsBefore.get(keyOf({ kind, database, name })),
    partsAddUp: (database, table) => {
      const was = sums.before.get(JSON.stringify([database, table]))
      return was !== undefined && was === sums.after.get(JSON.stringify([database, table]))
    },
  }
  const candidates = [...new Set([...factsBefore.keys(), ...factsAfter.keys()])].flatMap((key) =>
    differencesOf(factsBefore.get(key), factsAfter.get(key)),
  )
  return [...candidates.map((each) => judged(each, whole)), ...unread(before)]
}

/** Those that no reason is known for: the migration has failed. */
export function unexplained(differences: readonly Difference[]): readonly Difference[] {
  return differences.filter(({ legitimate }) => legitimate === undefined)
}

function judged({ factBefore, factAfter, ...difference }: Candidate, whole: Whole): Difference {
  const candidate = { ...difference, factBefore, factAfter }
  const rule = legitimateDifferences.find(
    ({ kinds, accepts }) => kinds.includes(difference.kind) && accepts(candidate, whole),
  )
  return rule === undefined ? difference : { ...difference, legitimate: { id: rule.id, reason: rule.reason } }
}

function differencesOf(factBefore: Fact | undefined, factAfter: Fact | undefined): readonly Candidate[] {
  const fact = factBefore ?? factAfter
  if (fact === undefined) return []
  const about = {
    kind: fact.kind,
    ...(fact.database === undefined ? {} : { database: fact.database }),
    name: fact.name,
    factBefore,
    factAfter,
  }
  if (factAfter === undefined) return [{ ...about, change: 'missing' }]
  if (factBefore === undefined) return [{ ...about, change: 'added' }]
  const fields = new Set([...Object.keys(factBefore.fields), ...Object.keys(factAfter.fields)])
  return [...fields].flatMap((field) => {
    const [was = null, is = null] = [factBefore.fields[field], factAfter.fields[field]]
    const same = JSON.stringify(was) === JSON.stringify(is)
    return same ? [] : [{ ...about, change: 'changed' as const, field, before: was, after: is }]
  })
}

function unread({ closedDatabases }: Manifest): readonly Difference[] {
  return closedDatabases.map((name) => ({ kind: 'database', name, change: 'unread' }))
}

/** Facts of one name, which are not expected, get numbers in the order of what they say. */
function byKey(facts: readonly Fact[]): Map<string, Fact> {
  const found = new Map<string, Fact>()
  for (const [key, some] of Map.groupBy(facts, keyOf))
    for (const [index, fact] of sorted(some).entries()) found.set(index === 0 ? key : `${key} ${index}`, fact)
  return found
}

function sorted(facts: readonly Fact[]): readonly Fact[] {
  return facts.length === 1
    ? facts
    : facts.toSorted((one, other) => (JSON.stringify(one.fields) < JSON.stringify(other.fields) ? -1 : 1))
}

function keyOf({
  kind,
  database,
  name,
}: Pick<Fact, 'kind' | 'name'> & { readonly database?: string | undefined }): string {
  return JSON.stringify([kind, database ?? '', name])
}
