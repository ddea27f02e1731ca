/** Base backups that fail, or whose taker dies: no snapshot, and a server that goes on. */
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { smallFileSystems } from './full-place.ts'
import { snapshotsOf, startNative, takeAndRestore, takeNative, type NativeAnswer } from './native.ts'
import { query, startPostgres } from './native-server.ts'
import type { Running } from './running.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('native-cut')
const makeSmall = smallFileSystems(bed)

// No process of docker's between: every orphan becomes the server's own child, and it minds how those end.
const server = { container: '', volume: '' }

async function startFilled(): Promise<void> {
  Object.assign(server, await startPostgres(bed, { bare: true }))
  // More than fits into pipes, of what can hardly be compressed.
  const fill = 'create table t as select gen_random_uuid() id, random() r from generate_series(1, 600000)'
  await query(bed, server.container, fill)
}

/** Lets replication in over the socket alone. */
async function closeToNeighbours(): Promise<void> {
  const only = "sed -i '/^host *replication/d' $PGDATA/pg_hba.conf"
  await bed.docker('exec', '--user=postgres', server.container, 'sh', '-c', only)
  await query(bed, server.container, 'select pg_reload_conf()')
}

/** Runs a script where pg_basebackup runs: in the server's container, or in one beside it. */
async function inside(script: string) {
  const beside = ['ps', '--quiet', '--filter', 'name=docker-vol-beside-']
  const { stdout: id } = await bed.docker('inspect', '--format', '{{.Id}}', server.container)
  for (const container of (await bed.docker(...beside)).stdout.split('\n').filter(Boolean)) {
    const network = await bed.tryDocker('inspect', '--format', '{{.HostConfig.NetworkMode}}', container)
    if (network.stdout.trim() === `container:${id.trim()}`)
      return await bed.tryDocker('exec', container, 'sh', '-c', script)
  }
  return await bed.tryDocker('exec', server.container, 'sh', '-c', script)
}

/** The processes of pg_basebackup. */
const find = `for p in /proc/[0-9]*; do
  tr '\\0' ' ' <$p/cmdline 2>/dev/null | grep -q '^[^ ]*pg_basebackup ' && echo \${p#/proc/}
done; true`

/** Begins a snapshot, which stops in the middle of it. */
async function stoppedMidway() {
  const running = startNative(bed, server.volume, { environment: { STOP_MIDWAY: '1' } })
  onTestFinished(() => running.kill('SIGKILL'))
  await running.until('done ')
  expect((await inside(find)).stdout).toMatch(/\d/)
  return running
}

/**
 * Does something and lets the plugin go on. It does not wait in between: the engine tells of no other end in a container
 * before it has got rid of what a program printed that has ended there.
 */
async function goOnAfter(running: Running, act: () => Promise<unknown>): Promise<void> {
  const acted = act()
  await sleep(1000)
  running.kill('SIGCONT')
  await acted
}

/** Nothing of the backup is left, and the server did not take its end for a crash of its own. */
async function expectUndisturbed(): Promise<void> {
  await expect.poll(async () => (await inside(find)).stdout, { timeout: 5000 }).toBe('')
  const slots = () => query(bed, server.container, 'select count(*) from pg_replication_slots')
  await expect.poll(slots, { timeout: 5000 }).toBe('0')
  const { stderr, stdout } = await bed.docker('logs', server.container)
  expect(stderr + stdout).not.toMatch(/terminating any other active|was terminated by signal|crash/)
}

describe.each([
  ['in the container of the server', closeToNeighbours],
  ['beside the container of the server', () => Promise.resolve()],
])('a base backup %s that does not come to its end', (_where, prepare) => {
  beforeAll(async () => {
    await startFilled()
    await prepare()
  })

  const end = `select pg_terminate_backend(pid) from pg_stat_replication where application_name = 'pg_basebackup'`
  test.each([
    ['pg_basebackup is killed', () => inside(`kill -9 $(${find})`)],
    ['an administrator ends its session', () => query(bed, server.container, end)],
  ])('because %s must be no snapshot, and say why', async (_, act) => {
    const running = await stoppedMidway()
    await goOnAfter(running, act)
    const { exitCode, stdout } = await running.ended
    const answer: NativeAnswer = JSON.parse(stdout)
    expect([exitCode, answer.code]).toEqual([8, 'DATABASE_BACKUP_FAILED'])
    expect(answer.message).toMatch(/Postgres could not be copied by its own backup: pg_basebackup ended with/)
    expect(await snapshotsOf(bed, server.volume)).toEqual([])
    await expectUndisturbed()
  })

  test.each(['SIGKILL', 'SIGTERM'] as const)(
    'because the plugin is ended by %s must leave nothing in the container, and not disturb its server',
    async (signal) => {
      const running = await stoppedMidway()
      running.kill(signal)
      running.kill('SIGCONT')
      expect((await running.ended).exitCode).toBe(signal === 'SIGKILL' ? 137 : 130)
      await expectUndisturbed()
      expect(await snapshotsOf(bed, server.volume)).toEqual([])
    },
  )

  test('because the store is full must be no snapshot, and leave the server alone', async () => {
    const store = await makeSmall('store', { mebibytes: 8 })
    const answer = await takeNative(bed, server.volume, { environment: { DOCKER_VOL_STORE: store } })
    expect([answer.exitCode, answer.code]).toEqual([7, 'NO_SPACE'])
    await expectUndisturbed()
  })

  test('must not keep the next one from succeeding', async () => {
    const { reference } = await takeAndRestore(bed, server.volume)
    expect(await snapshotsOf(bed, server.volume)).toEqual([reference])
    await expectUndisturbed()
  })

  test('because the server is killed must be no snapshot, and say why', async () => {
    const before = await snapshotsOf(bed, server.volume)
    const running = await stoppedMidway()
    await goOnAfter(running, () => bed.docker('kill', server.container))
    const { exitCode, stdout } = await running.ended
    const answer: NativeAnswer = JSON.parse(stdout)
    expect([exitCode, answer.code]).toEqual([8, 'DATABASE_BACKUP_FAILED'])
    expect(await snapshotsOf(bed, server.volume)).toEqual(before)
  })
})
