/** A snapshot of a running Redis or Valkey by the file that it saves itself into. */
import { describe, expect, test } from 'vitest'
import { startedAt } from './checks.ts'
import { snapshotsOf, takeAndRestore, takeNative } from './native.ts'
import { batches, scenario } from './scenario.ts'
import { startWorkload } from './workloads/workload.ts'

const bed = await scenario('native-redis')

describe.each(['redis with RDB', 'valkey with RDB'] as const)('%s under load', (kind) => {
  test('must come back from every native snapshot with its keys in step, and all that was there before', async () => {
    for (const batch of batches(2)) {
      const workload = await startWorkload(bed, kind)
      const before = await startedAt(bed, workload.container)
      const snapshots = []
      for (let round = batch; round > 0; round -= 1) {
        const acknowledged = await workload.acknowledged()
        snapshots.push({ acknowledged, ...(await takeAndRestore(bed, workload.volume)) })
      }
      expect(await startedAt(bed, workload.container)).toBe(before)
      const root = (await bed.listing(workload.volume)).files['.']
      await workload.stop()
      for (const { acknowledged, restored } of snapshots) {
        const { files } = await bed.listing(restored)
        expect(Object.keys(files)).toEqual(['.', 'dump.rdb'])
        const { modified: _, ...still } = files['.'] ?? {}
        expect(root).toMatchObject(still)
        const { problems, transactions } = await workload.check(restored)
        expect(problems).toEqual([])
        expect(transactions).toBeGreaterThanOrEqual(acknowledged)
      }
    }
  })
})

test('a Redis with an append-only file, or with other files beside, must be declined, with the reason', async () => {
  const workload = await startWorkload(bed, 'redis with AOF')
  expect((await takeNative(bed, workload.volume)).why).toMatch(/append-only file .* while it is held/)
  await workload.stop()
})

test('a save of its own that is under way must be waited for, and another one made', async () => {
  const volume = await bed.volume('data')
  const container = await bed.container({
    image: bed.images.redis,
    volumes: { [volume]: '/data' },
    // Each key costs a save some milliseconds.
    command: 'redis-server --save  --rdb-key-save-delay 10000 --enable-debug-command local'.split(' '),
    more: ['--network=none'],
  })
  const cli = async (...words: readonly string[]) =>
    (await bed.docker('exec', container, 'redis-cli', ...words)).stdout.trim()
  // What is a Redis is told by the file that it has.
  await expect.poll(() => cli('save'), { timeout: 10_000 }).toBe('OK')
  await expect.poll(() => cli('debug', 'populate', '500'), { timeout: 10_000 }).toBe('OK')
  expect(await cli('bgsave')).toBe('Background saving started')
  expect(await cli('set', 'late', 'yes')).toBe('OK')
  const { restored } = await takeAndRestore(bed, volume)
  const copy = await bed.container({
    image: bed.images.redis,
    volumes: { [restored]: '/data' },
    more: ['--network=none'],
  })
  const asked = ['exec', copy, 'redis-cli', 'get', 'late'] as const
  await expect.poll(async () => (await bed.docker(...asked)).stdout.trim(), { timeout: 20_000 }).toBe('yes')
})

test('a save that fails must be no snapshot, and say why', async () => {
  const volume = await bed.volume('data')
  const container = await bed.container({
    image: bed.images.redis,
    volumes: { [volume]: '/data' },
    command: ['redis-server', '--requirepass', "it's secret", '--save', ''],
    environment: { REDIS_PASSWORD: "it's secret" },
    more: ['--network=none'],
  })
  const cli = (...words: readonly string[]) =>
    bed.docker('exec', '--env', "REDISCLI_AUTH=it's secret", container, 'redis-cli', ...words)
  await expect.poll(async () => (await cli('set', 'key', 'value')).stdout, { timeout: 10_000 }).toBe('OK\n')
  await cli('save')
  await bed.shell(volume, 'touch upload')
  expect((await takeNative(bed, volume)).why).toMatch(/more than its database \("upload"\)/)
  await bed.shell(volume, 'rm upload; mkdir temp-old; touch temp-old/x.rdb')
  expect((await takeNative(bed, volume)).why).toMatch(/more than its database \("temp-old\/x\.rdb"\)/)
  await bed.shell(volume, 'rm -r temp-old; chmod 555 .; chown root .')
  const answer = await takeNative(bed, volume)
  expect([answer.exitCode, answer.code]).toEqual([8, 'DATABASE_BACKUP_FAILED'])
  expect(answer.message).toBe('Redis could not be copied by its own save: it did not save its data.')
  expect(answer.output).toMatch(/could not save|Background|save/)
  expect(await snapshotsOf(bed, volume)).toEqual([])
})
