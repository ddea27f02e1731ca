/** A snapshot of a running MariaDB by mariadb-backup. */
import { expect, test } from 'vitest'
import { startedAt } from './checks.ts'
import { journalOf } from './holding.ts'
import { snapshotsOf, startNative, takeAndRestore, takeNative, type NativeAnswer } from './native.ts'
import { batches, scenario } from './scenario.ts'
import { startWorkload } from './workloads/workload.ts'

const bed = await scenario('native-mariadb')

test('MariaDB under load must come back from every native snapshot as a server whose balances add up', async () => {
  for (const batch of batches(1)) {
    const workload = await startWorkload(bed, 'mariadb with a long redo log')
    const before = await startedAt(bed, workload.container)
    const snapshots = []
    for (let round = batch; round > 0; round -= 1) {
      const acknowledged = await workload.acknowledged()
      snapshots.push({ acknowledged, ...(await takeAndRestore(bed, workload.volume)) })
    }
    expect(await startedAt(bed, workload.container)).toBe(before)
    const { files: theirs } = await bed.listing(workload.volume)
    await workload.stop()
    for (const { acknowledged, restored } of snapshots) {
      const { files } = await bed.listing(restored)
      // Besides what a backup always brings: what the image needs to find the server healthy, and up to date.
      for (const path of ['mariadb_upgrade_info', '.my-healthcheck.cnf'])
        expect([path, files[path]]).toEqual([path, theirs[path]])
      for (const path of ['.', 'app', 'mysql', 'ibdata1', 'app/account.ibd', 'app/db.opt'])
        for (const what of ['type', 'mode', 'uid', 'gid'] as const)
          expect([path, what, files[path]?.[what]]).toEqual([path, what, theirs[path]?.[what]])
      const { problems, transactions } = await workload.check(restored)
      expect(problems).toEqual([])
      expect(transactions).toBeGreaterThanOrEqual(acknowledged)
    }
  }
})

test('a backup of MariaDB that fails, or is declined, must be no snapshot, say why, and leave nothing', async () => {
  const volume = await bed.volume('data')
  const password = "it's secret"
  const container = await bed.container({
    image: bed.images.mariadb,
    volumes: { [volume]: '/var/lib/mysql' },
    environment: {
      MARIADB_ROOT_PASSWORD: password,
      MARIADB_INITDB_SKIP_TZINFO: '1',
      MARIADB_DATABASE: 'app',
    },
    command: ['mariadbd'],
    more: ['--network=none'],
  })
  const inside = (...words: readonly string[]) =>
    bed.tryDocker('exec', '--env', `MYSQL_PWD=${password}`, container, ...words)
  const sql = (text: string) => inside('mariadb', '--user=root', '--host=127.0.0.1', '--execute', text)
  await expect.poll(async () => (await sql('select 1')).exitCode, { timeout: 60_000 }).toBe(0)
  await sql(
    'create table app.t engine = innodb as select seq, repeat(md5(seq), 20) as text from seq_1_to_100000',
  )
  const kill = `for p in /proc/[0-9]*; do
    tr '\\0' ' ' <$p/cmdline 2>/dev/null | grep -q '^[^ ]*mariadb-backup --backup' && kill -9 \${p#/proc/}
  done; true`
  const find = kill.replace('kill -9', 'echo')

  const killed = startNative(bed, volume)
  await expect
    .poll(async () => (await inside('sh', '-c', find)).stdout, { timeout: 60_000, interval: 20 })
    .not.toBe('')
  await inside('sh', '-c', kill)
  const { exitCode, stdout } = await killed.ended
  const answer: NativeAnswer = JSON.parse(stdout)
  expect([exitCode, answer.code]).toEqual([8, 'DATABASE_BACKUP_FAILED'])
  expect(answer.message).toMatch(/MariaDB could not be copied by its own backup: mariadb-backup/)
  expect(await snapshotsOf(bed, volume)).toEqual([])
  // A volume that a backup is prepared in is in the journal for as long as it is there.
  expect(await journalOf(bed)).toEqual([])

  const died = startNative(bed, volume)
  await expect
    .poll(async () => (await inside('sh', '-c', find)).stdout, { timeout: 60_000, interval: 20 })
    .not.toBe('')
  // Stopped, it can neither come to its end nor take notice of a polite word.
  await inside('sh', '-c', kill.replace('kill -9', 'kill -STOP'))
  died.kill('SIGKILL')
  await died.ended
  await expect.poll(async () => (await inside('sh', '-c', find)).stdout, { timeout: 20_000 }).toBe('')
  const [left = ''] = await journalOf(bed)
  const scratch = `docker-vol-scratch-${left.split('@')[0]}`
  expect(await bed.docker('volume', 'inspect', scratch)).toMatchObject({ exitCode: 0 })
  await bed.vol('doctor')
  expect(await journalOf(bed)).toEqual([])
  expect((await bed.tryDocker('volume', 'inspect', scratch)).exitCode).toBe(1)
  expect(await snapshotsOf(bed, volume)).toEqual([])

  await inside('touch', '/var/lib/mysql/upload')
  expect((await takeNative(bed, volume)).why).toMatch(/more than its database \("upload"\)/)
  await inside('rm', '/var/lib/mysql/upload')
  await inside('mkdir', '/var/lib/mysql/undo_old')
  await inside('touch', '/var/lib/mysql/undo_old/rows.ibd.gz')
  expect((await takeNative(bed, volume)).why).toMatch(/more than its database \("undo_old\/rows/)
  await inside('rm', '-r', '/var/lib/mysql/undo_old')
  await sql("alter user root@localhost identified by 'changed since'")
  expect((await takeNative(bed, volume)).why).toMatch(/nobody is let in .*Access denied/)
})
