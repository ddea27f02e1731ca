import { setTimeout as sleep } from 'node:timers/promises'
import type { Scenario } from '../scenario.ts'
import type { Database } from './database.ts'
import { keepRunning } from './keep-running.ts'
import { mysql } from './mysql.ts'
import { postgres } from './postgres.ts'
import { redis } from './redis.ts'
import { startServer, type Server } from './server.ts'
import { sqlite } from './sqlite.ts'

const databases = {
  postgres13: postgres(13),
  postgres15: postgres(15),
  postgres17: postgres(17),
  postgres18: postgres(18),
  mariadb: mysql('mariadb'),
  // mariadb-backup reads along, and loses a log that comes round before it does.
  'mariadb with a long redo log': mysql('mariadb', 48),
  mysql: mysql('mysql'),
  'redis with RDB': redis('redis', 'rdb'),
  'redis with AOF': redis('redis', 'aof'),
  'valkey with RDB': redis('valkey', 'rdb'),
  'valkey with AOF': redis('valkey', 'aof'),
  'sqlite with WAL': sqlite('wal'),
  'sqlite with a rollback journal': sqlite('delete'),
} as const satisfies Readonly<Record<string, Database>>

/** The databases to run a workload on. */
export type WorkloadKind = keyof typeof databases

/** What a check found. */
export type Checked = {
  /** What does not hold, a sentence each; none where all is well. */
  readonly problems: readonly string[]
  /** How many transactions of the load are in the database; 0 where it cannot be asked. */
  readonly transactions: number
}

/** A real server on a volume, under a load that keeps an invariant which a torn copy breaks. */
export type Workload = {
  readonly kind: WorkloadKind
  readonly image: string
  readonly volume: string
  readonly container: string
  /** Whether a copy of one instant must hold every transaction that was acknowledged before. */
  readonly durable: boolean
  /** How many transactions are in the database by now. The container must run. */
  acknowledged(): Promise<number>
  /** Waits until the load has changed so much that a copy begun before is torn. The container must run. */
  turnover(): Promise<void>
  /** Ends the load; the server runs on. The container must run. */
  rest(): Promise<void>
  /** Changes one row against the invariant, for a test of the check. To be called after rest. */
  spoil(): Promise<void>
  /** Ends the load, stops the server cleanly and removes its container. The volume stays. */
  stop(): Promise<void>
  /** `checkVolume`, with a server of this kind. */
  check(volume: string): Promise<Checked>
}

/** Starts a server on a new volume, and returns when the load has written something. */
export async function startWorkload(bed: Scenario, kind: WorkloadKind): Promise<Workload> {
  const database: Database = databases[kind]
  const volume = await bed.volume(database.image)
  const { container, inside, failure } = await serverOn(bed, database, volume, database.environment)
  if (failure !== undefined) throw new Error(failure)
  const transactions = async () => {
    const { exitCode, stdout, stderr } = await inside(...database.count)
    if (exitCode !== 0) throw new Error(`${kind} cannot be asked: ${stderr}`)
    return Number(stdout)
  }
  const prepared = await database.prepare(inside)
  if (prepared.exitCode !== 0) throw new Error(`${kind} cannot be prepared: ${prepared.stderr}`)
  const writers = database.writers.map((command) => keepRunning(inside, command))
  const rest = async () => {
    await Promise.all(writers.map((writer) => writer.end()))
  }
  const until = async (holds: () => Promise<boolean>) => {
    const start = performance.now()
    while (!(await holds())) {
      if (performance.now() - start > 90_000)
        throw new Error(`${kind} writes too little: ${writers.map((each) => each.complaint()).join('\n')}`)
      await sleep(100)
    }
  }
  const reaches = (wanted: number) => until(async () => (await transactions()) >= wanted)
  await reaches(1)
  await until(async () => (await inside(...(database.onDisk ?? ['true']))).exitCode === 0)
  return {
    kind,
    image: bed.images[database.image],
    volume,
    container,
    durable: database.durable,
    acknowledged: transactions,
    turnover: async () => {
      // Some write what changed once a second, however much it is.
      await Promise.all([reaches((await transactions()) + database.turnover), sleep(3000)])
    },
    rest,
    spoil: async () => {
      const { exitCode, stderr } = await inside(...database.spoil)
      if (exitCode !== 0) throw new Error(stderr)
    },
    stop: async () => {
      await rest()
      await bed.docker('stop', '--time=60', container)
      await bed.docker('rm', '--volumes', container)
    },
    check: (copy) => checkVolume(bed, kind, copy),
  }
}

/**
 * Starts a server on a volume, lets it recover, asks what must hold, and removes the server. It changes the volume.
 * Also of another kind than the load was, where the data were moved to it.
 */
export async function checkVolume(bed: Scenario, kind: WorkloadKind, volume: string): Promise<Checked> {
  const database: Database = databases[kind]
  const { container, inside, failure } = await serverOn(bed, database, volume, {})
  try {
    if (failure !== undefined) return { problems: [failure], transactions: 0 }
    const counted = Number((await inside(...database.count)).stdout)
    const transactions = Number.isInteger(counted) ? counted : 0
    const problems = await database.problems(inside)
    return {
      problems: transactions === 0 ? ['no transaction is there', ...problems] : problems,
      transactions,
    }
  } finally {
    await bed.docker('rm', '--force', '--volumes', container)
  }
}

function serverOn(
  bed: Scenario,
  database: Database,
  volume: string,
  environment: Readonly<Record<string, string>>,
): Promise<Server> {
  const { image, volumeAt, command, ready, more = [] } = database
  const volumes = { [volume]: volumeAt }
  return startServer(bed, { image: bed.images[image], volumes, command, environment, ready, more })
}
