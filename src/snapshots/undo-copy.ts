import type { Consistency, RanWith, SnapshotConfig, SnapshotSet, StoredSnapshot, UndoCopy } from './format.ts'
import { readSnapshotSet } from './read-set.ts'
import { fieldsOf, list, oneOf, text } from './read.ts'

/** What the staging directory of a restore says of what it replaces, for whoever makes the undo copy of it. */
export type UndoNote = Omit<UndoCopy, 'paths'> & {
  /** What the copy will be worth, and why. */
  readonly consistency: Pick<Consistency, 'method' | 'why'>
  /** To which other undo copies it belongs, when the volumes of a project were restored together. */
  readonly set?: SnapshotSet
}

/** Whether a snapshot is what a restore replaced: none that was asked for, counted or shown as such. */
export function isUndoCopy({ config }: { readonly config: Pick<SnapshotConfig, 'undo'> }): boolean {
  return config.undo !== undefined
}

/** The snapshots that somebody asked for. */
export function withoutUndoCopies(snapshots: readonly StoredSnapshot[]): readonly StoredSnapshot[] {
  return snapshots.filter((snapshot) => !isUndoCopy(snapshot))
}

/** The `undo` of a configuration. Throws WrongShape. */
export function readUndoCopy(json: unknown, where: string): UndoCopy {
  const undo = fieldsOf(json, where)
  return {
    operation: text(undo['operation'], `${where}.operation`),
    takenBy: oneOf(undo['takenBy'], `${where}.takenBy`, ['restore', 'undo', 'migration']),
    replacedBy: text(undo['replacedBy'], `${where}.replacedBy`),
    at: text(undo['at'], `${where}.at`),
    ...(undo['paths'] === undefined ? {} : { paths: list(undo['paths'], `${where}.paths`, text) }),
    ...(undo['stopped'] === undefined
      ? {}
      : { stopped: list(undo['stopped'], `${where}.stopped`, readStopped) }),
    ...(undo['ran'] === undefined ? {} : { ran: readRanWith(undo['ran'], `${where}.ran`) }),
  }
}

function readStopped(json: unknown, where: string): { readonly id: string; readonly name: string } {
  const container = fieldsOf(json, where)
  return { id: text(container['id'], `${where}.id`), name: text(container['name'], `${where}.name`) }
}

function readRanWith(json: unknown, where: string): RanWith {
  const ran = fieldsOf(json, where)
  const read = (name: keyof RanWith) => text(ran[name], `${where}.${name}`)
  return {
    image: read('image'),
    mountPath: read('mountPath'),
    dataDirectory: read('dataDirectory'),
    imageDataDirectory: read('imageDataDirectory'),
  }
}

/** Reads a note back. Throws SyntaxError or WrongShape. */
export function readUndoNote(json: string): UndoNote {
  const note: unknown = JSON.parse(json)
  const { consistency: worth, set } = fieldsOf(note, 'note')
  const consistency = fieldsOf(worth, 'note.consistency')
  return {
    ...readUndoCopy(note, 'note'),
    ...(set === undefined ? {} : { set: readSnapshotSet(set, 'note.set') }),
    consistency: {
      method: oneOf(consistency['method'], 'note.consistency.method', ['idle', 'stopped']),
      why: text(consistency['why'], 'note.consistency.why'),
    },
  }
}
