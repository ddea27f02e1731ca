import type { Container } from '../facts.ts'

/** What a container is in its Compose project. Its successor, when it is replaced, has the same. */
export type ServicePlace = { readonly project: string; readonly service: string; readonly number: string }

/** Another service of the project that must be there first, and in which state (`service_healthy`). */
export type Dependency = { readonly service: string; readonly condition: string }

/** Undefined for a container that is not Compose's, and for one of `docker compose run`, which has no successor. */
export function placeOf({ labels }: Pick<Container, 'labels'>): ServicePlace | undefined {
  const project = labels['com.docker.compose.project'] ?? ''
  const service = labels['com.docker.compose.service'] ?? ''
  const number = labels['com.docker.compose.container-number'] ?? ''
  const isOneOff = labels['com.docker.compose.oneoff']?.toLowerCase() === 'true'
  return project === '' || service === '' || number === '' || isOneOff
    ? undefined
    : { project, service, number }
}

/** From `db:service_healthy:false,cache:service_started:true`, as Compose writes it (pkg/api/labels.go, DependenciesLabel). */
export function dependenciesOf({ labels }: Pick<Container, 'labels'>): readonly Dependency[] {
  return (labels['com.docker.compose.depends_on'] ?? '').split(',').flatMap((entry) => {
    const [service = '', condition = ''] = entry.split(':')
    return service === '' ? [] : [{ service, condition }]
  })
}

/** Whether two containers are, or were, the same one of a service. */
export function isSamePlace(one: ServicePlace | undefined, other: ServicePlace | undefined): boolean {
  return (
    one !== undefined &&
    other !== undefined &&
    one.project === other.project &&
    one.service === other.service &&
    one.number === other.number
  )
}
