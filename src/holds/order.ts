import type { HeldContainer } from './held-container.ts'

/**
 * Groups of containers in the order in which they are started: each after all that it depends on, those of a group
 * together. The other way round it is the order of stopping. Of a circle, which Compose refuses, nobody is left out.
 */
export function startOrder<Ordered extends Pick<HeldContainer, 'place' | 'dependsOn'>>(
  containers: readonly Ordered[],
): readonly (readonly Ordered[])[] {
  const groups: (readonly Ordered[])[] = []
  let waiting = containers
  while (waiting.length > 0) {
    const ready = waiting.filter((container) => !waiting.some((other) => dependsOn(container, other)))
    const group = ready.length > 0 ? ready : waiting
    groups.push(group)
    waiting = waiting.filter((container) => !group.includes(container))
  }
  return groups
}

/** Whether a container needs another, of the same Compose project, to be there first. */
export function dependsOn(
  container: Pick<HeldContainer, 'place' | 'dependsOn'>,
  other: Pick<HeldContainer, 'place'>,
): boolean {
  return (
    container.place !== undefined &&
    container !== other &&
    container.place.project === other.place?.project &&
    container.dependsOn.some(({ service }) => service === other.place?.service)
  )
}

/** Whether it is to be started only once the other's health check is content. */
export function needsHealthy(
  container: Pick<HeldContainer, 'place' | 'dependsOn'>,
  other: Pick<HeldContainer, 'place'>,
): boolean {
  return (
    dependsOn(container, other) &&
    container.dependsOn.some(
      ({ service, condition }) => service === other.place?.service && condition === 'service_healthy',
    )
  )
}
