import { secondsOf } from '../model/duration.ts'
import { asMapping } from '../../compose/merge.ts'
import type { Service } from '../model/project.ts'
import type { Rule } from '../rule.ts'
import { textOf, valueAt, type Node } from '../../compose/node.ts'

/** Recoveries of a database after a crash take minutes, not seconds. */
const patience = 60

export const healthcheckKillsRecovery: Rule = {
  id: 'healthcheck-kills-recovery',
  category: 'database',
  severity: 'warning',
  summary: 'Do not let a health check restart a database that recovers',
  doc: `Docker restarts no container because it is unhealthy, but autoheal and its like do, and Swarm replaces it. A
database that recovers after a crash answers no check; restarted in the middle of that, it begins again, and never ends.

That a service is for Swarm is told from what only Swarm heeds under \`deploy\`: \`placement\`, \`update_config\` and
the like.

Give the health check a \`start_period\` of minutes, or leave the database out of what is restarted.`,
  fixable: false,
  examples: {
    bad: [
      {
        compose:
          'services:\n  db:\n    image: postgres:17\n    healthcheck:\n      test: pg_isready\n    deploy:\n      placement:\n        constraints: [node.labels.db == 1]\n    volumes:\n      - pgdata:/var/lib/postgresql/data\nvolumes:\n  pgdata:\n',
      },
      {
        compose:
          'services:\n  db:\n    image: postgres:17\n    healthcheck:\n      test: pg_isready\n      interval: 5s\n    volumes:\n      - pgdata:/var/lib/postgresql/data\n  autoheal:\n    image: willfarrell/autoheal\n    environment:\n      AUTOHEAL_CONTAINER_LABEL: all\nvolumes:\n  pgdata:\n',
      },
    ],
    good: [
      {
        compose:
          'services:\n  db:\n    image: postgres:17\n    healthcheck:\n      test: pg_isready\n      start_period: 10m\n    deploy:\n      placement:\n        constraints: [node.labels.db == 1]\n    volumes:\n      - pgdata:/var/lib/postgresql/data\nvolumes:\n  pgdata:\n',
      },
      {
        compose:
          'services:\n  db:\n    image: postgres:17\n    healthcheck:\n      test: pg_isready\n      interval: 5s\n      start_period: 10m\n    volumes:\n      - pgdata:/var/lib/postgresql/data\n  autoheal:\n    image: willfarrell/autoheal\n    environment:\n      AUTOHEAL_CONTAINER_LABEL: all\nvolumes:\n  pgdata:\n',
      },
      {
        compose:
          'services:\n  db:\n    image: postgres:17\n    healthcheck:\n      test: pg_isready\n    volumes:\n      - pgdata:/var/lib/postgresql/data\nvolumes:\n  pgdata:\n',
      },
    ],
  },
  *check({ services }) {
    const healer = services.find(({ image }) => /autoheal|deunhealth/.test(image?.repository ?? ''))
    for (const service of services) {
      const { database, node, name } = service
      const check = valueAt(node, 'healthcheck')
      if (database === undefined || database.cache || check === undefined) continue
      const who = whoRestarts(service, healer)
      if (textOf(valueAt(check, 'disable')) === 'true' || who === undefined) continue
      const start = secondsOf(textOf(valueAt(check, 'start_period'))) ?? 0
      if (start >= patience) continue
      yield {
        at: valueAt(check, 'start_period') ?? check,
        subject: { service: name },
        message: `${who} restarts ${name} when its check fails, and ${database.title} answers none while it recovers from a crash: it would never get done.`,
        cure: 'Give the health check a start_period of some minutes, or leave the database out.',
      }
    }
  },
}

/** What only Swarm heeds of `deploy`. */
const ofSwarm = ['endpoint_mode', 'mode', 'placement', 'rollback_config', 'update_config']

function whoRestarts(service: Service, healer: Service | undefined): string | undefined {
  const all = healer?.environment.get('AUTOHEAL_CONTAINER_LABEL') === 'all'
  if (healer !== undefined && (all || isHealed(service))) return healer.name
  return ofSwarm.some((key) => isSaid(valueAt(service.node, 'deploy', key))) ? 'Swarm' : undefined
}

/** Older Composes put an empty `placement` into what they resolve. */
function isSaid(node: Node | undefined): boolean {
  return node !== undefined && (node.kind !== 'map' || node.entries.size > 0)
}

function isHealed({ node }: Service): boolean {
  const labels = asMapping(valueAt(node, 'labels'))
  return ['autoheal', 'deunhealth.restart.on.unhealthy'].some(
    (label) => textOf(valueAt(labels, label)) === 'true',
  )
}
