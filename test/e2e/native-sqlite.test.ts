/** A snapshot of a SQLite database that programs have open, by its own backup. */
import { describe, expect, test } from 'vitest'
import { expectDone, onlyReference, startedAt } from './checks.ts'
import { smallFileSystems } from './full-place.ts'
import { snapshotsOf, startNative, takeAndRestore, takeNative, type NativeAnswer } from './native.ts'
import { batches, scenario } from './scenario.ts'
import { startWorkload } from './workloads/workload.ts'

const bed = await scenario('native-sqlite')
const makeSmall = smallFileSystems(bed)

/** Has a program open a database, do something, and keep it open. */
async function keepOpen(container: string, file: string, statement: string): Promise<void> {
  const program = '(echo "$2;"; sleep infinity) | sqlite3 -cmd ".timeout 20000" "$1"'
  await bed.docker('exec', '--detach', container, 'sh', '-c', program, 'sh', file, statement)
}

/** A container that keeps a database open that has so many megabytes. */
async function withOpenDatabase(megabytes = 1, folder = '.') {
  const volume = await bed.volume('data')
  const container = await bed.container({
    image: bed.images.sqlite,
    volumes: { [volume]: '/data' },
    command: ['-c', 'sleep infinity'],
    more: ['--entrypoint=sh', '--user=0', '--network=none'],
  })
  const inside = async (script: string) => (await bed.docker('exec', container, 'sh', '-euc', script)).stdout
  await inside(`mkdir -p /data/${folder}; cd /data/${folder}
    sqlite3 app.db 'pragma journal_mode = wal; create table t (a);
      with recursive n(i) as (select 1 union all select i + 1 from n where i < ${megabytes * 500})
      insert into t select randomblob(2000) from n'`)
  await keepOpen(container, `/data/${folder}/app.db`, 'insert into t values (1)')
  await expect
    .poll(() => inside(`[ ! -s /data/${folder}/app.db-wal ] || echo open`), { timeout: 10_000 })
    .toBe('open\n')
  return { volume, container, inside }
}

/** What a backup leaves in its container while it is made. */
const left = 'find /var/tmp /tmp -name "docker-vol*"'

/** Waits for a backup to have begun, without a pause, and sends its program a signal. */
const signal = (name: string) => `until [ -e /var/tmp/docker-vol-sqlite.*/app.db ]; do :; done
  for p in /proc/[0-9]*; do
    tr '\\0' ' ' <$p/cmdline 2>/dev/null | grep -q '^sqlite3 -readonly.*\\.backup' && kill -${name} \${p#/proc/}
  done; true`

describe('sqlite with WAL under load', () => {
  test('must come back from every native snapshot with what was acknowledged, and nobody held', async () => {
    for (const batch of batches(2)) {
      const workload = await startWorkload(bed, 'sqlite with WAL')
      // The load opens and closes it all the time; one that nobody has open is held.
      await keepOpen(workload.container, '/data/app.db', 'select count(*) from ledger')
      const before = await startedAt(bed, workload.container)
      const snapshots = []
      for (let round = batch; round > 0; round -= 1) {
        const acknowledged = await workload.acknowledged()
        snapshots.push({ acknowledged, ...(await takeAndRestore(bed, workload.volume)) })
      }
      const later = await workload.acknowledged()
      expect(await startedAt(bed, workload.container)).toBe(before)
      expect((await bed.docker('exec', workload.container, 'sh', '-c', left)).stdout).toBe('')
      const { files: theirs } = await bed.listing(workload.volume)
      await workload.stop()
      for (const { acknowledged, restored, config } of snapshots) {
        const { files } = await bed.listing(restored)
        // The log beside the file is in the file by now.
        expect(Object.keys(files)).toEqual(['.', 'app.db'])
        for (const what of ['type', 'mode', 'uid', 'gid'] as const)
          expect(files['app.db']?.[what]).toEqual(theirs['app.db']?.[what])
        expect(config.consistency.why).toContain(`sqlite3 in container "${workload.container}"`)
        const { problems, transactions } = await workload.check(restored)
        expect(problems).toEqual([])
        expect(transactions).toBeGreaterThanOrEqual(acknowledged)
        expect(transactions).toBeLessThan(later)
      }
    }
  })

  test('must be copied natively unless told otherwise, and the snapshot must boot', async () => {
    const { volume, container, inside } = await withOpenDatabase(1, 'deep/er')
    await bed.docker('exec', container, 'chown', '-R', '1234:5678', '/data/deep')
    await inside('chmod 640 /data/deep/er/app.db')
    const plan = expectDone(await bed.vol('snapshot', '--dry-run', volume))
    expect(plan).toMatch(/^1\. snapshot \S+ \(native\) +# SQLite copies its database .*sqlite3/)
    const reference = onlyReference(await bed.vol('snapshot', '--quiet', volume))
    expectDone(await bed.vol('verify', '--boot', reference))
    const copy = bed.name('copy')
    expectDone(await bed.vol('restore', '--quiet', '--into', copy, reference))
    const [now, then] = [await bed.listing(volume), await bed.listing(copy)]
    for (const name of ['.', 'deep', 'deep/er']) expect(then.files[name]).toEqual(now.files[name])
    expect(then.files['deep/er/app.db']).toMatchObject({ mode: '640', uid: 1234, gid: 5678 })
  })
})

test('a SQLite backup that fails must be no snapshot, say why, and leave nothing', async () => {
  const { volume, inside } = await withOpenDatabase(100)
  const none = async () => {
    expect(await snapshotsOf(bed, volume)).toEqual([])
    await expect.poll(() => inside(left), { timeout: 5000 }).toBe('')
  }
  const toKill = inside(signal('KILL'))
  const killed = startNative(bed, volume)
  await toKill
  const { exitCode, stdout } = await killed.ended
  const answer: NativeAnswer = JSON.parse(stdout)
  expect([exitCode, answer.code]).toEqual([8, 'DATABASE_BACKUP_FAILED'])
  expect(answer.message).toBe('SQLite could not be copied by its own backup: sqlite3 could not make it.')
  await none()

  const toStop = inside(signal('STOP'))
  const died = startNative(bed, volume)
  await toStop
  died.kill('SIGKILL')
  await died.ended
  await inside(signal('CONT'))
  await none()

  const store = await makeSmall('store', { mebibytes: 8 })
  const full = await takeNative(bed, volume, { environment: { DOCKER_VOL_STORE: store } })
  expect([full.exitCode, full.code]).toEqual([7, 'NO_SPACE'])
  await none()

  // A page in the middle of the table is no page any more: SQLite copies it as it is, and finds out after.
  await inside('dd if=/dev/zero of=/data/app.db bs=4096 seek=3000 count=1 conv=notrunc 2>/dev/null')
  const damaged = await takeNative(bed, volume)
  expect([damaged.exitCode, damaged.code]).toEqual([8, 'DATABASE_BACKUP_FAILED'])
  expect(damaged.message).toMatch(/integrity_check finds the copy damaged/)
  expect(damaged.output).toMatch(/malformed|page/i)
  await none()
})

test('a SQLite database that its own backup cannot stand for must be held instead, with the reason', async () => {
  const { volume, container, inside } = await withOpenDatabase()
  const declined = async () => (await takeNative(bed, volume)).why
  await inside('touch /data/upload')
  expect(await declined()).toMatch(/more than its database \("upload"\)/)
  await inside('rm /data/upload; mv /usr/bin/sqlite3 /usr/bin/gone')
  expect(await declined()).toBe(`container "${container}" has no sqlite3`)
  await inside('mv /usr/bin/gone /usr/bin/sqlite3')
  // What the program brings with it, sqlite3 does not have: it could not check the copy.
  await inside(`printf %s "pragma writable_schema = on; pragma legacy_alter_table = on;
    create table named (a text); create index sorted on named (a);
    update sqlite_master set sql = 'CREATE INDEX sorted ON named (a COLLATE of_its_own)' where name = 'sorted'" |
    sqlite3 -cmd '.dbconfig defensive off' /data/app.db`)
  expect(await declined()).toMatch(/cannot check it: .*of_its_own/)
  const plan = expectDone(await bed.vol('snapshot', '--dry-run', volume))
  expect(plan).toMatch(/cannot check it/)
  expect(plan).not.toContain('(native)')

  const rollback = await startWorkload(bed, 'sqlite with a rollback journal')
  expect((await takeNative(bed, rollback.volume)).why).toMatch(/rollback journal, .*lock out who writes/)
  await rollback.stop()
})
