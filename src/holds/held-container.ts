import { fieldsOf, integer, list, oneOf, text } from '../snapshots/read.ts'
import type { Dependency, ServicePlace } from './compose-labels.ts'

export type HowHeld = 'pause' | 'stop'

/** A container that ran and is now kept paused or stopped; what must be known to let it go on as it was. */
export type HeldContainer = {
  readonly id: string
  readonly name: string
  readonly how: HowHeld
  /** Those for whose sake it is held. */
  readonly volumes: readonly string[]
  /** When it had been started, by the engine's clock: a later start is somebody else's doing. */
  readonly startedAt: string
  /** Seconds that it is given to end, where it is stopped. */
  readonly graceSeconds: number
  /** By this its successor is known when Compose has replaced it. */
  readonly place: ServicePlace | undefined
  readonly dependsOn: readonly Dependency[]
}

/** Reads what the journal says of a container; WrongShape when that is none. */
export function readHeldContainer(value: unknown, where: string): HeldContainer {
  const fields = fieldsOf(value, where)
  const place = fields['place']
  return {
    id: text(fields['id'], `${where}.id`),
    name: text(fields['name'], `${where}.name`),
    how: oneOf(fields['how'], `${where}.how`, ['pause', 'stop']),
    volumes: list(fields['volumes'], `${where}.volumes`, text),
    startedAt: text(fields['startedAt'], `${where}.startedAt`),
    graceSeconds: integer(fields['graceSeconds'], `${where}.graceSeconds`),
    place: place === undefined ? undefined : readPlace(place, `${where}.place`),
    dependsOn: list(fields['dependsOn'], `${where}.dependsOn`, readDependency),
  }
}

function readPlace(value: unknown, where: string): ServicePlace {
  const fields = fieldsOf(value, where)
  return {
    project: text(fields['project'], `${where}.project`),
    service: text(fields['service'], `${where}.service`),
    number: text(fields['number'], `${where}.number`),
  }
}

function readDependency(value: unknown, where: string): Dependency {
  const fields = fieldsOf(value, where)
  return {
    service: text(fields['service'], `${where}.service`),
    condition: text(fields['condition'], `${where}.condition`),
  }
}
