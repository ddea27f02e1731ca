import { editable, insertEntry } from '../../compose/edits.ts'
import { keepsData } from '../model/coverage.ts'
import type { Service } from '../model/project.ts'
import type { Problem, Rule } from '../rule.ts'
import { textOf, valueAt } from '../../compose/node.ts'

/** What Docker gives a container between SIGTERM and SIGKILL (docker stop --help). */
const standard = 10

export const databaseStopGracePeriod: Rule = {
  id: 'database-stop-grace-period',
  category: 'database',
  severity: 'info',
  summary: 'Give a database time to shut down',
  doc: `Docker kills a container ten seconds after it was asked to stop, unless \`stop_grace_period\` says otherwise. A
database that writes out a large cache needs longer; killed, it must recover at the next start, and what is not
crash-safe (MyISAM tables, a recovery that was under way) is damaged.

\`--fix\` adds \`stop_grace_period: 1m\` where there is none; the time is only used when it is needed. Less than the
default, or \`stop_signal: SIGKILL\`, is a warning.`,
  fixable: true,
  examples: {
    bad: [
      {
        compose:
          'services:\n  db:\n    image: postgres:17\n    volumes:\n      - pgdata:/var/lib/postgresql/data\nvolumes:\n  pgdata:\n',
      },
      {
        compose:
          'services:\n  db:\n    image: mysql:8.4\n    stop_grace_period: 2s\n    volumes:\n      - data:/var/lib/mysql\nvolumes:\n  data:\n',
      },
    ],
    good: [
      {
        compose:
          'services:\n  db:\n    image: postgres:17\n    stop_grace_period: 1m\n    volumes:\n      - pgdata:/var/lib/postgresql/data\nvolumes:\n  pgdata:\n',
      },
      { compose: 'services:\n  cache:\n    image: redis:8\n' },
    ],
  },
  *check({ services }) {
    for (const service of services) {
      const { database, forDevelopment } = service
      if (database === undefined || database.cache || forDevelopment || !keepsData(service)) continue
      const problem = problemOf(service, database.title)
      if (problem !== undefined) yield problem
    }
  },
}

function problemOf(service: Service, title: string): Problem | undefined {
  const { name, node, stopGracePeriod, imageAt } = service
  const subject = { service: name }
  const signal = valueAt(node, 'stop_signal')
  if (/^(SIG)?KILL$|^9$/i.test(textOf(signal) ?? ''))
    return {
      at: signal ?? imageAt,
      subject,
      severity: 'warning',
      message: `${title} is stopped with SIGKILL: it never shuts down and has to recover at every start.`,
      cure: "Remove stop_signal; the image's own is right.",
    }
  const period = valueAt(node, 'stop_grace_period')
  if (stopGracePeriod !== undefined && stopGracePeriod < standard)
    return {
      at: period ?? imageAt,
      subject,
      severity: 'warning',
      message: `${title} is killed ${stopGracePeriod} s after it was asked to stop, which is too short to write everything out.`,
      cure: 'Set stop_grace_period to 1m; the time is only used when it is needed.',
    }
  if (period !== undefined) return undefined
  const mapping = editable(node, 'map')
  const edit = mapping === undefined ? undefined : insertEntry(mapping, 'stop_grace_period: 1m', 'image')
  return {
    at: imageAt,
    subject,
    message: `${title} is killed ${standard} s after it was asked to stop: too short for one that has much to write out.`,
    cure: 'Set stop_grace_period to 1m; the time is only used when it is needed.',
    ...(edit === undefined ? {} : { fix: { title: `Give ${name} a minute to stop`, edits: [edit] } }),
  }
}
