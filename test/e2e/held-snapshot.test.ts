/** Snapshots of what is in use: whoever can write is held, for a moment, and everything goes on. */
import { closeSync, createReadStream, openSync } from 'node:fs'
import { appendFile } from 'node:fs/promises'
import path from 'node:path'
import { finished } from 'node:stream/promises'
import { execa } from 'execa'
import { describe, expect, test } from 'vitest'
import {
  expectDone,
  expectExit,
  expectNoHelpers,
  expectSameTree,
  onlyReference,
  startedAt,
  statesOf,
} from './checks.ts'
import { expectReleased } from './holding.ts'
import { fillWithOddTree } from './odd-tree.ts'
import { batches, rounds, scenario } from './scenario.ts'
import { startShop } from './workloads/shop.ts'
import { startWorkload } from './workloads/workload.ts'

const bed = await scenario('held-snapshot')

type Consistency = { readonly method: string; readonly why: string; readonly changed: readonly string[] }

async function consistencyOf(reference: string): Promise<Consistency> {
  const [{ Config }] = JSON.parse(expectDone(await bed.vol('show', reference)))
  return Config.consistency
}

/** Restores a snapshot, which must be whole, into a volume of its own. */
async function restored(reference: string): Promise<string> {
  expectDone(await bed.vol('verify', reference))
  const copy = bed.name('restored')
  expectDone(await bed.vol('restore', '--quiet', '--into', copy, reference))
  return copy
}

const kinds = [
  'postgres15',
  'postgres17',
  'mariadb',
  'mysql',
  'redis with AOF',
  'valkey with AOF',
  'sqlite with WAL',
  'sqlite with a rollback journal',
] as const

describe.each(kinds)('%s under load', (kind) => {
  test('must come back from every paused snapshot with what was acknowledged, and its invariant', async () => {
    for (const batch of batches(1)) {
      const workload = await startWorkload(bed, kind)
      const before = await startedAt(bed, workload.container)
      const taken = []
      for (let round = batch; round > 0; round -= 1) {
        const acknowledged = await workload.acknowledged()
        const reference = onlyReference(
          await bed.vol('snapshot', '--quiet', '--consistency', 'pause', workload.volume),
        )
        taken.push({ acknowledged, reference })
      }
      expect(await statesOf(bed, workload.container)).toEqual([expect.stringContaining('running')])
      expect(await startedAt(bed, workload.container)).toBe(before)
      const later = await workload.acknowledged()
      await workload.stop()
      for (const { acknowledged, reference } of taken) {
        expect(await consistencyOf(reference)).toMatchObject({ method: 'paused', changed: [] })
        const copy = await restored(reference)
        const { problems, transactions } = await workload.check(copy)
        expect(problems).toEqual([])
        expect(transactions).toBeGreaterThanOrEqual(workload.durable ? acknowledged : 1)
        expect(transactions).toBeLessThanOrEqual(later)
      }
      await expectReleased(bed)
    }
  })
})

test.each(['pause', 'stop'])('two volumes of a project must be of one instant (%s)', async (how) => {
  const shop = await startShop(bed)
  const { data, uploads } = shop.volumes
  for (let round = rounds(1); round > 0; round -= 1) {
    const references = expectDone(
      await bed.vol('snapshot', '--quiet', '--consistency', how, '--max-hold', '1m', data, uploads),
    )
      .trim()
      .split('\n')
    expect(references.map((reference) => reference.split('@')[0])).toEqual([data, uploads])
    const [first = '', second = ''] = references
    const copies = { data: await restored(first), uploads: await restored(second) }
    expect(await shop.check(copies)).toEqual([])
  }
  const orders = await shop.orders()
  await expect.poll(() => shop.orders(), { timeout: 30_000 }).toBeGreaterThan(orders)
})

test('a running Postgres must be copied natively unless told otherwise, and its plan must say why', async () => {
  const workload = await startWorkload(bed, 'postgres17')
  const plan = expectDone(await bed.vol('snapshot', '--dry-run', workload.volume))
  expect(plan).toMatch(/^1\. snapshot \S+ \(native\) +# .*pg_basebackup/)
  const acknowledged = await workload.acknowledged()
  const reference = onlyReference(await bed.vol('snapshot', '--quiet', workload.volume))
  expect(await consistencyOf(reference)).toMatchObject({ method: 'native', changed: [] })
  await workload.stop()
  const { problems, transactions } = await workload.check(await restored(reference))
  expect(problems).toEqual([])
  expect(transactions).toBeGreaterThanOrEqual(acknowledged)
})

/** A volume of many files, to one of which somebody appends without end. */
async function busy() {
  const volume = await bed.volume('busy')
  await fillWithOddTree(await bed.mountpoint(volume), 'busy')
  const line = 'while :; do date +%N >>/data/busy.log; done'
  const writer = await bed.container({ volumes: { [volume]: '/data' }, command: ['sh', '-c', line] })
  return { volume, writer }
}

describe('what is copied before containers are held', () => {
  test('must be in the snapshot just as what is copied then', async () => {
    const { volume, writer } = await busy()
    const reference = onlyReference(await bed.vol('snapshot', '--quiet', '--consistency', 'pause', volume))
    await bed.docker('stop', '--time=1', writer)
    const now = await bed.listing(volume)
    const then = await bed.listing(await restored(reference))
    const { 'busy.log': grown, ...others } = now.files
    const { 'busy.log': log, ...rest } = then.files
    expect(log?.size).toBeGreaterThan(0)
    expect(log?.size).toBeLessThan(grown?.size ?? 0)
    expectSameTree({ ...then, files: rest }, { ...now, files: others })
  })

  test('must be copied again when it was written, removed, renamed or made meanwhile', async () => {
    const volume = await bed.volume('meanwhile')
    const mountpoint = await bed.mountpoint(volume)
    await bed.shell(
      volume,
      'for n in 1 2 3 4; do head -c 40M /dev/urandom >large-$n; echo $n >small-$n; done',
    )
    const writer = await bed.container({ volumes: { [volume]: '/data' } })
    const words = ['snapshot', '--consistency', 'pause', '--progress', 'plain', volume]
    const running = bed.startVol(...words)
    await running.until(volume)
    const change = `
      sleep 1; cd /data; echo more >>large-1; rm large-2 small-2; mv large-3 renamed; mv small-4 tmp
      mv large-4 small-4; mv tmp large-4; echo new >new; touch -d @1 small-1; chmod 600 small-3`
    await bed.docker('exec', writer, 'sh', '-c', change)
    await appendFile(path.join(mountpoint, 'last'), 'the change is over')
    const reference = onlyReference(await running.ended)
    const copy = await bed.listing(await restored(reference))
    // Whichever part of the change came before the pause, nothing can be there that never was.
    const files = copy.files
    expect(files['large-3'] === undefined).toBe(files['renamed'] !== undefined)
    if (files['last'] !== undefined) expectSameTree(copy, await bed.listing(volume))
  })
})

describe('a hold that takes too long', () => {
  test('must end at its time, with exit 8, nothing stored, and the containers going on', async () => {
    const volume = await bed.volume('slow')
    await bed.shell(volume, 'head -c 300M /dev/urandom >large')
    const writer = await bed.container({ volumes: { [volume]: '/data' } })
    const words = ['snapshot', '--consistency', 'pause', '--max-hold', '1s', '--output', '-', volume]
    // Nobody reads the archive: the pipe is full soon, and the container would stay paused.
    const outputFile = path.join(bed.folder, 'nobody-reads')
    await execa('mkfifo', [outputFile])
    const open = openSync(outputFile, 'r+')
    const running = bed.startVol(...words, { outputFile })
    await expect
      .poll(() => statesOf(bed, writer), { timeout: 20_000, interval: 50 })
      .toEqual([expect.stringContaining('paused')])
    await expect
      .poll(() => statesOf(bed, writer), { timeout: 4000, interval: 50 })
      .toEqual([expect.stringContaining('running')])
    const end = openSync(outputFile, 'r')
    closeSync(open)
    const reader = finished(createReadStream('', { fd: end }).resume())
    expectExit(await running.ended, 8, /within the 1 s[^]*--max-hold 4s[^]*--dry-run/)
    await reader
    await expectReleased(bed)
    await expectNoHelpers(bed, volume)
  })

  test('is no hold at all when its time is 0', async () => {
    const volume = await bed.volume('zero')
    await bed.container({ volumes: { [volume]: '/data' } })
    expectExit(await bed.vol('snapshot', '--max-hold', '0', volume), 2, '--max-hold')
  })
})

test('a clone and a plain tar of what is in use must be of one instant, too', async () => {
  const workload = await startWorkload(bed, 'sqlite with WAL')
  const copy = bed.name('clone')
  expectDone(await bed.vol('clone', workload.volume, copy))
  const file = path.join(bed.folder, 'plain.tar.zst')
  expectDone(await bed.vol('snapshot', '--output', file, workload.volume))
  await workload.stop()
  const fromTar = bed.name('from-tar')
  expectDone(await bed.vol('restore', '--from', file, fromTar))
  for (const each of [copy, fromTar]) expect((await workload.check(each)).problems).toEqual([])
})
