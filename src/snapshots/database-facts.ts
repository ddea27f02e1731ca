import { databaseKinds, type DatabaseFacts } from '../facts.ts'
import { fieldsOf, list, oneOf, text, textRecord } from './read.ts'

/** The databases that a configuration names, their details by name; kinds that only a later version knows are passed over. Throws WrongShape. */
export function readDatabases(json: unknown, where: string): readonly DatabaseFacts[] {
  return list(json, where, readDatabase).flatMap((facts) => facts ?? [])
}

function readDatabase(json: unknown, where: string): DatabaseFacts | undefined {
  const facts = fieldsOf(json, where)
  const name = text(facts['kind'], `${where}.kind`)
  const kind = databaseKinds.find((known) => known === name)
  if (kind === undefined) return undefined
  return {
    kind,
    ...(facts['version'] === undefined ? {} : { version: text(facts['version'], `${where}.version`) }),
    path: text(facts['path'], `${where}.path`),
    recognisedBy: oneOf(facts['recognisedBy'], `${where}.recognisedBy`, ['files', 'image']),
    details: byName(textRecord(facts['details'], `${where}.details`)),
  }
}

function byName(details: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(details).sort(([one], [other]) => (one < other ? -1 : 1)))
}
