/** Backups that meet what goes wrong in life: each is whole, or no snapshot, and says why. */
import { describe, expect, test } from 'vitest'
import { expectDone, expectExit, expectNoHelpers, statesOf } from './checks.ts'
import { smallFileSystems } from './full-place.ts'
import { journalOf } from './holding.ts'
import { snapshotsOf, startNative, takeNative, type NativeAnswer } from './native.ts'
import { rounds, scenario } from './scenario.ts'
import { startServer } from './workloads/server.ts'
import { startWorkload } from './workloads/workload.ts'

const bed = await scenario('native-failures')
const makeSmall = smallFileSystems(bed)

const password = "it's secret"

/** A MariaDB with a table of so many rows, on a volume of its own. */
async function startMariadb(rows: number) {
  const volume = await bed.volume('data')
  const login = ['env', `MYSQL_PWD=${password}`, 'mariadb', '--user=root', 'app']
  const { container, inside, failure } = await startServer(bed, {
    image: bed.images.mariadb,
    volumes: { [volume]: '/var/lib/mysql' },
    environment: {
      MARIADB_ROOT_PASSWORD: password,
      MARIADB_INITDB_SKIP_TZINFO: '1',
      MARIADB_DATABASE: 'app',
    },
    command: ['mariadbd'],
    ready: [...login, '--host=127.0.0.1', '--execute=select 1'],
  })
  if (failure !== undefined) throw new Error(failure)
  const sql = async (text: string) => {
    const { exitCode, stdout, stderr } = await inside(...login, `--execute=${text}`)
    if (exitCode !== 0) throw new Error(stderr)
    return stdout
  }
  await sql(`create table app.t engine = innodb as select seq, random_bytes(500) as b from seq_1_to_${rows}`)
  return { volume, container, inside, sql }
}

/** Neither a helper, nor a volume that a backup was to be prepared in: the journal has every one before it is there. */
async function expectNothingLeft(volume: string): Promise<void> {
  await expectNoHelpers(bed, volume)
  expect(await journalOf(bed)).toEqual([])
}

/** Tables that come, change and go without end, beside the load. */
const churn = {
  postgres17: [
    'gosu postgres psql --quiet --dbname=postgres --command="create schema if not exists churn"',
    'gosu postgres psql --quiet --dbname=postgres --set=ON_ERROR_STOP=1',
    (n: number) =>
      `create table churn.t${n} as select i, repeat(md5(i::text), 9) text from generate_series(1, 500) i;
       create index on churn.t${n} (i); truncate churn.t${n}; vacuum full churn.t${n}; drop table churn.t${n};`,
  ],
  'mariadb with a long redo log': [
    'mariadb --user=root --password=not-secret --execute="create database if not exists churn"',
    'mariadb --user=root --password=not-secret churn',
    (n: number) =>
      `create table churn.t${n} engine = innodb as select seq, repeat(md5(seq), 9) as text from seq_1_to_500;
       alter table churn.t${n} add primary key (seq); rename table churn.t${n} to churn.r${n};
       truncate churn.r${n}; drop table churn.r${n};`,
  ],
} as const

describe.each(['postgres17', 'mariadb with a long redo log'] as const)(
  '%s whose tables come and go',
  (kind) => {
    test('must come back from a native snapshot whole, or have none and say why', async () => {
      const workload = await startWorkload(bed, kind)
      const [prepare, client, statements] = churn[kind]
      await bed.docker('exec', workload.container, 'sh', '-c', prepare)
      const script = Array.from({ length: 20 }, (_, n) => statements(n)).join('\n')
      const loop = `while :; do printf '%s\\n' "$1" | ${client} && echo >>/tmp/rounds; done >/tmp/said 2>&1`
      await bed.docker('exec', '--detach', workload.container, 'sh', '-c', loop, 'sh', script)
      const turns = async () =>
        Number(
          (await bed.docker('exec', workload.container, 'sh', '-c', 'cat /tmp/rounds 2>/dev/null | wc -l'))
            .stdout,
        )
      const taken: { reference: string; acknowledged: number }[] = []
      const wanted = rounds(1)
      for (let tries = 3 * wanted; tries > 0 && taken.length < wanted; tries -= 1) {
        const before = await turns()
        const acknowledged = await workload.acknowledged()
        const answer = await takeNative(bed, workload.volume)
        const { reference, exitCode, code, message = '' } = answer
        if (reference === undefined) {
          expect([exitCode, code]).toEqual([8, 'DATABASE_BACKUP_FAILED'])
          expect(message).toMatch(/could not be copied by its own backup: \S/)
        } else taken.push({ reference, acknowledged })
        await expect.poll(turns, { timeout: 30_000 }).toBeGreaterThan(before)
      }
      expect(taken).toHaveLength(wanted)
      expect(await snapshotsOf(bed, workload.volume)).toEqual(taken.map(({ reference }) => reference))
      await workload.stop()
      for (const { reference, acknowledged } of taken) {
        expectDone(await bed.vol('verify', '--boot', reference))
        const copy = bed.name('copy')
        expectDone(await bed.vol('restore', '--quiet', '--into', copy, reference))
        const { problems, transactions } = await workload.check(copy)
        expect(problems).toEqual([])
        expect(transactions).toBeGreaterThanOrEqual(acknowledged)
      }
    })
  },
)

describe('a MariaDB', () => {
  test('whose password is not the one that its container was given must be held, and refuse what insists', async () => {
    const { volume, container, sql } = await startMariadb(10)
    await sql("alter user root@localhost identified by 'changed since'")
    expectExit(
      await bed.vol('snapshot', '--consistency', 'native', volume),
      8,
      /has no native backup now: nobody is let in .*Access denied/,
    )
    expect(await snapshotsOf(bed, volume)).toEqual([])
    const plan = expectDone(await bed.vol('snapshot', '--dry-run', volume))
    expect(plan).toMatch(/\(paused\) .*nobody is let in .*Access denied/)
    expect(plan).not.toContain(password)
    expectDone(await bed.vol('snapshot', '--quiet', volume))
    expect(await statesOf(bed, container)).toEqual([expect.stringContaining('running')])
  })

  test('that is killed in the middle of its backup must have no snapshot, and nothing left of it', async () => {
    const { volume, container } = await startMariadb(100_000)
    const running = startNative(bed, volume)
    const find = `for p in /proc/[0-9]*; do
      tr '\\0' ' ' <$p/cmdline 2>/dev/null | grep -q '^[^ ]*mariadb-backup --backup' && echo \${p#/proc/}
    done; true`
    const processes = async () => (await bed.docker('exec', container, 'sh', '-c', find)).stdout
    await expect.poll(processes, { timeout: 60_000, interval: 10 }).not.toBe('')
    await bed.docker('kill', container)
    const { exitCode, stdout } = await running.ended
    const answer: NativeAnswer = JSON.parse(stdout)
    expect([exitCode, answer.code]).toEqual([8, 'DATABASE_BACKUP_FAILED'])
    expect(await snapshotsOf(bed, volume)).toEqual([])
    await expectNothingLeft(volume)
  })

  test('whose backup does not fit into the store must have no snapshot, and nothing left of it', async () => {
    const { volume } = await startMariadb(60_000)
    const store = await makeSmall('mariadb', { mebibytes: 8 })
    const answer = await takeNative(bed, volume, { environment: { DOCKER_VOL_STORE: store } })
    expect([answer.exitCode, answer.code]).toEqual([7, 'NO_SPACE'])
    await expectNothingLeft(volume)
    const { stdout } = await bed.vol('snapshots', '--quiet', '--store', store)
    expect(stdout).toBe('')
  })
})
