import type { Candidate } from './compare.ts'
import type { Fact, FactValue } from './manifest.ts'

/** What initdb writes into postgresql.conf (setup_config in src/bin/initdb/initdb.c), and the official image beside it. */
export const writtenByInitdb = new Set([
  'autovacuum_worker_slots',
  'datestyle',
  'default_text_search_config',
  'dynamic_shared_memory_type',
  'lc_messages',
  'lc_monetary',
  'lc_numeric',
  'lc_time',
  'listen_addresses',
  'log_timezone',
  'max_connections',
  'max_wal_size',
  'min_wal_size',
  'shared_buffers',
  'timezone',
])

/** Whether a version is later than another, both as extensions have them: numbers with points between them. */
export function isLater(before: FactValue | undefined, after: FactValue | undefined): boolean {
  const [was, is] = [numbersIn(before), numbersIn(after)]
  if (was === undefined || is === undefined) return false
  const at = was.findIndex((each, index) => each !== is[index])
  return at === -1 ? is.length > was.length : (is[at] ?? 0) > (was[at] ?? 0)
}

function numbersIn(version: FactValue | undefined): readonly number[] | undefined {
  return typeof version === 'string' && /^\d+(\.\d+)*$/.test(version)
    ? version.split('.').map(Number)
    : undefined
}

const allTableRights = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']

/** Whether nothing is gone, and all that came is MAINTAIN for who had every other right by the same grantor. */
export function onlyMaintain(before: readonly string[], after: readonly string[]): boolean {
  const came = after.filter((grant) => !before.includes(grant))
  return (
    before.every((grant) => after.includes(grant)) &&
    came.every((grant) => {
      const [, who = '', how = ''] = /^(.*): MAINTAIN((?: with grant option)? by .*)$/s.exec(grant) ?? []
      return how !== '' && allTableRights.every((right) => before.includes(`${who}: ${right}${how}`))
    })
  )
}

/** Whether all that is gone are settings that the new server does not know. */
export function onlyRemovedSettings(
  { kind, change, name, field, before, after }: Candidate,
  known: ReadonlySet<string>,
): boolean {
  // A name with a point in it belongs to an extension or to an application: every server takes it.
  const isRemoved = (setting: string) => !setting.includes('.') && !known.has(setting)
  if (kind === 'setting') return change === 'missing' && isRemoved(name)
  if (field !== 'settings') return false
  const left = texts(before).filter((each) => !isRemoved(each.split('=', 1)[0]?.toLowerCase() ?? ''))
  return same(left, texts(after))
}

/** Whether the rules for logins are those of before, in their order, without those that were made comments since. */
export function onlyLeftOut(before: Fact['fields'], after: Fact['fields']): boolean {
  const since = texts(after['left out']).filter((each) => !texts(before['left out']).includes(each))
  const left = texts(before['rules']).filter((each) => !since.includes(each))
  return same(left, texts(after['rules'])) && since.every((each) => texts(before['rules']).includes(each))
}

/** The names in a list of libraries. */
export function librariesIn(value: FactValue | undefined): readonly string[] {
  return typeof value === 'string' ? value.split(',').map((each) => each.trim().replaceAll('"', '')) : []
}

/** Whether some of a list are gone, and nothing else changed. */
export function areFewer(before: readonly string[], after: readonly string[]): boolean {
  return after.length < before.length && after.every((each) => before.includes(each))
}

/** Whether both are paths, of one file or folder of the same name. */
export function endsAlike(before: FactValue | undefined, after: FactValue | undefined): boolean {
  return nameAt(before) !== undefined && nameAt(before) === nameAt(after)
}

function nameAt(path: FactValue | undefined): string | undefined {
  return typeof path === 'string' ? /^\/(?:[^,]*\/)?([^/,]+)$/.exec(path)?.[1] : undefined
}

/** The texts of a list; none of anything else. */
export function texts(value: FactValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.map(String) : []
}

/** Whether both are there and alike. */
export function same(one: FactValue | undefined, other: FactValue | undefined): boolean {
  return one !== undefined && JSON.stringify(one) === JSON.stringify(other)
}
