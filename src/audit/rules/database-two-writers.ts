import { dataMount, runTogether, usesByVolume, type Use } from '../model/coverage.ts'
import type { Project, Service } from '../model/project.ts'
import type { Problem, Rule } from '../rule.ts'
import { textOf, textsOf, valueAt, entriesOf } from '../../compose/node.ts'

export const databaseTwoWriters: Rule = {
  id: 'database-two-writers',
  category: 'database',
  severity: 'error',
  summary: 'Let one server alone write the data of a database',
  doc: `Two servers on the same files destroy each other's data: each believes that nobody else writes. The lock files
that should prevent it do not reach from one container into another. This is so for two services that mount one volume
and for replicas of one service.

Another container that may write the volume of a database (a backup, a file browser) is a warning: mount it
read-only there. Nothing is said of services that never run together by their profiles, nor of one that prepares the
volume and must have ended before the database starts.`,
  fixable: false,
  examples: {
    bad: [
      {
        compose:
          'services:\n  one:\n    image: postgres:17\n    volumes:\n      - pgdata:/var/lib/postgresql/data\n  two:\n    image: postgres:17\n    volumes:\n      - pgdata:/var/lib/postgresql/data\nvolumes:\n  pgdata:\n',
      },
      {
        compose:
          'services:\n  db:\n    image: mariadb:11\n    deploy:\n      replicas: 2\n    volumes:\n      - data:/var/lib/mysql\nvolumes:\n  data:\n',
      },
      {
        compose:
          'services:\n  db:\n    image: mariadb:11\n    volumes:\n      - data:/var/lib/mysql\n  backup:\n    image: example/backup\n    volumes:\n      - data:/source\nvolumes:\n  data:\n',
      },
    ],
    good: [
      {
        compose:
          'services:\n  db:\n    image: mariadb:11\n    volumes:\n      - data:/var/lib/mysql\n  backup:\n    image: example/backup\n    volumes:\n      - data:/source:ro\nvolumes:\n  data:\n',
      },
      {
        compose:
          'services:\n  old:\n    image: postgres:16\n    profiles: [old]\n    volumes:\n      - pgdata:/var/lib/postgresql/data\n  new:\n    image: postgres:16\n    profiles: [new]\n    volumes:\n      - pgdata:/var/lib/postgresql/data\nvolumes:\n  pgdata:\n',
      },
    ],
  },
  *check(project) {
    for (const [key, uses] of usesByVolume(project)) {
      const servers = uses.filter(({ service, mount }) => dataMount(service) === mount && !mount.readOnly)
      const [first] = servers
      if (first === undefined) continue
      yield* otherWriters(key, first, uses, project)
      if (first.service.replicas > 1) yield replicated(key, first)
    }
  },
}

function* otherWriters(
  key: string,
  first: Use,
  uses: readonly Use[],
  { services }: Project,
): Iterable<Problem> {
  const title = first.service.database?.title ?? ''
  for (const { service, mount } of uses) {
    if (service === first.service || mount.readOnly || !runTogether(service, first.service)) continue
    if (endsBefore(service, services)) continue
    const isServer = dataMount(service) === mount
    if (isServer && subpathOf(first) !== subpathOf({ service, mount })) continue
    yield {
      at: mount.at,
      subject: { service: service.name, target: mount.target, volume: key },
      severity: isServer ? 'error' : 'warning',
      message: isServer
        ? `${first.service.name} and ${service.name} are two servers on the same data in "${key}": they will destroy it.`
        : `${service.name} may write the data of ${title} in "${key}" under the running server.`,
      cure: isServer ? 'Give each server a volume of its own.' : 'Mount the volume read-only here.',
    }
  }
}

function replicated(key: string, { service, mount }: Use): Problem {
  return {
    at: valueAt(service.node, 'deploy', 'replicas') ?? valueAt(service.node, 'scale') ?? mount.at,
    subject: { service: service.name, target: mount.target, volume: key },
    message: `${service.replicas} replicas of ${service.name} are servers on the same data in "${key}": they will destroy it.`,
    cure: 'Run one replica; a cluster needs a volume for each of its members.',
  }
}

function subpathOf({ mount }: Use): string | undefined {
  return textOf(mount.subpath)
}

/** Whether somebody waits for the service to have ended: it prepares the volume. */
function endsBefore({ name }: Service, services: readonly Service[]): boolean {
  return services.some(({ node }) =>
    entriesOf(valueAt(node, 'depends_on')).some(
      ({ key, value }) =>
        key === name && textsOf(valueAt(value, 'condition')).includes('service_completed_successfully'),
    ),
  )
}
