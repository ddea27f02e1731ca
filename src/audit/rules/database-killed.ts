import { aContainer, anImage } from '../live/example-parts.ts'
import { subjectOf } from '../live/live.ts'
import type { LiveRule } from '../rule.ts'

const image = anImage('postgres:17')
const environment = { PG_MAJOR: '17', PGDATA: '/var/lib/postgresql/data' }

export const databaseKilled: LiveRule = {
  id: 'database-killed',
  category: 'database',
  severity: 'info',
  summary: 'Give a database the time and memory to shut down by itself',
  doc: `The container of a database ended with 137: it was killed. Docker does that when a container does not stop within
its grace period, which is 10 seconds unless set; the kernel does it when memory runs out, which is a warning.

A database that was killed recovers from its log when it starts, which takes time, and loses what it was not asked to
keep safe (\`synchronous_commit=off\`, MyISAM, a Redis that saves now and then). Set \`stop_grace_period: 1m\` or more, and
a limit of memory that fits its settings.`,
  fixable: false,
  examples: {
    bad: [
      {
        shown: "$ docker inspect -f '{{.State.ExitCode}} {{.State.OOMKilled}}' db\n137 true",
        seen: {
          containers: [
            aContainer({
              name: 'db',
              image: 'postgres:17',
              environment,
              state: 'exited',
              exitCode: 137,
              outOfMemory: true,
            }),
          ],
          images: [image],
        },
      },
      {
        shown: "$ docker inspect -f '{{.State.ExitCode}} {{.State.OOMKilled}}' db\n137 false",
        seen: {
          containers: [
            aContainer({ name: 'db', image: 'postgres:17', environment, state: 'exited', exitCode: 137 }),
          ],
          images: [image],
        },
      },
    ],
    good: [
      {
        shown: "$ docker inspect -f '{{.State.ExitCode}} {{.State.OOMKilled}}' db\n0 false",
        seen: {
          containers: [aContainer({ name: 'db', image: 'postgres:17', environment, state: 'exited' })],
          images: [image],
        },
      },
    ],
  },
  *checkLive({ containers }) {
    for (const container of containers) {
      const { database, outOfMemory, exitCode, state } = container
      const ended = state === 'exited' || state === 'restarting'
      if (database === undefined || !(outOfMemory || (ended && exitCode === 137))) continue
      yield {
        at: container.written.at,
        subject: subjectOf(container),
        severity: outOfMemory ? 'warning' : 'info',
        message: outOfMemory
          ? `${database.title} of ${container.name} ran out of memory, and the kernel killed processes of it.`
          : `${database.title} of ${container.name} was killed (exit code 137) before it had shut down.`,
        cure: outOfMemory
          ? 'Raise the limit of memory, or lower what the database is set to take.'
          : 'Set stop_grace_period (--stop-timeout) to 1m or more.',
      }
    }
  },
}
