import type { SnapshotSet } from './format.ts'
import { fieldsOf, list, text } from './read.ts'

/** The `set` of a configuration or of a note. Throws WrongShape. */
export function readSnapshotSet(json: unknown, where: string): SnapshotSet {
  const set = fieldsOf(json, where)
  const services = set['services']
  return {
    id: text(set['id'], `${where}.id`),
    project: text(set['project'], `${where}.project`),
    volumes: list(set['volumes'], `${where}.volumes`, text),
    ...(services === undefined ? {} : { services: list(services, `${where}.services`, text) }),
  }
}
