import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { expect, test } from 'vitest'
import { statesOf } from './checks.ts'
import { scenario } from './scenario.ts'
import { freeze } from './workloads/copies.ts'
import { startShop } from './workloads/shop.ts'

const bed = await scenario('load-shop')

test('the shop must hold in copies of one instant, and must be found broken in copies of two', async () => {
  const shop = await startShop(bed)
  const [db, web] = [await shop.container('db'), await shop.container('web')]
  const copy = async (volume: string, part: string) => {
    const to = await bed.volume(part)
    await execa('cp', ['--archive', `${await bed.mountpoint(volume)}/.`, await bed.mountpoint(to)])
    return to
  }
  const copyBoth = async (between: () => Promise<unknown>) => {
    const uploads = await copy(shop.volumes.uploads, 'uploads')
    await between()
    await freeze(bed, db)
    const data = await copy(shop.volumes.data, 'data')
    await bed.docker('unpause', db)
    return { data, uploads }
  }
  await freeze(bed, web)
  const ofOne = await copyBoth(async () => {})
  await bed.docker('unpause', web)
  const before = await shop.orders()
  const ofTwo = await copyBoth(async () => {
    while ((await shop.orders()) < before + 10) await sleep(100)
  })
  // The writer goes on after its database was away.
  await shop.compose.run('restart', 'db')
  await expect.poll(() => shop.orders().catch(() => 0), { timeout: 60_000 }).toBeGreaterThan(before + 20)
  expect(await statesOf(bed, db, web)).toEqual(['running', 'running'])
  await shop.compose.run('stop')

  expect(await shop.check(ofOne)).toEqual([])
  expect(await shop.check(ofTwo)).toEqual([expect.stringMatching(/ orders without a file$/)])
  expect(await shop.check(shop.volumes)).toEqual([])
  await shop.compose.down('--volumes')
})
