import { readHeldContainer } from '../holds/held-container.ts'
import { fieldsOf, flag, list, oneOf, text } from '../snapshots/read.ts'
import type { HoldEntry, JournalEntry } from './journal.ts'

/** An entry that cannot be read was not whole yet: what it announces had not begun. */
export function readEntry(json: string): JournalEntry | undefined {
  try {
    const entry = fieldsOf(JSON.parse(json), 'entry')
    return {
      operation: text(entry['operation'], 'entry.operation'),
      kind: oneOf(entry['kind'], 'entry.kind', ['restore', 'clone', 'boot', 'migration']),
      volume: text(entry['volume'], 'entry.volume'),
      engine: text(entry['engine'], 'entry.engine'),
      made: flag(entry['made'], 'entry.made'),
      images: list(entry['images'], 'entry.images', text),
      ...(entry['together'] === undefined ? {} : { together: text(entry['together'], 'entry.together') }),
    }
  } catch {
    return undefined
  }
}

/**
 * Whether it is a whole entry of this kind. One of a hold is not to be passed over whatever else it says: its containers
 * are paused or stopped.
 */
export function isOfKind(json: string, kind: 'hold' | 'switch'): boolean {
  try {
    return fieldsOf(JSON.parse(json), 'entry')['kind'] === kind
  } catch {
    return false
  }
}

/** Undefined when it is not whole, or not understood. */
export function readHold(json: string): HoldEntry | undefined {
  try {
    const entry = fieldsOf(JSON.parse(json), 'hold')
    const engineStart = entry['engineStart']
    return {
      operation: text(entry['operation'], 'hold.operation'),
      kind: 'hold',
      engine: text(entry['engine'], 'hold.engine'),
      engineStart: engineStart === undefined ? undefined : text(engineStart, 'hold.engineStart'),
      since: text(entry['since'], 'hold.since'),
      volumes: list(entry['volumes'], 'hold.volumes', text),
      containers: list(entry['containers'], 'hold.containers', readHeldContainer),
      writes: flag(entry['writes'], 'hold.writes'),
      ...(entry['stays'] === undefined ? {} : { stays: flag(entry['stays'], 'hold.stays') }),
      ...(entry['starts'] === undefined
        ? {}
        : { starts: list(entry['starts'], 'hold.starts', readHeldContainer) }),
      leftPaused: list(entry['leftPaused'], 'hold.leftPaused', text),
    }
  } catch {
    return undefined
  }
}
