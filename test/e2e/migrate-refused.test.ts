/** What the files of a cluster tell already ends a migration before anything is started, copied or stopped. */
import { cp, mkdir, readdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { expectExit, expectSameTree } from './checks.ts'
import { startPostgres } from './native-server.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('migrate-refused')
let volume: string
let folder: string

beforeAll(async () => {
  const server = await startPostgres(bed, { major: 13 })
  ;({ volume } = server)
  await bed.docker('stop', '--time=60', server.container)
  folder = await bed.mountpoint(volume)
}, 120_000)

const inCluster = (...names: readonly string[]) => path.join(folder, ...names)

/** How a cluster becomes one that cannot be moved alone, what is said of it, and the way back. */
const cases: readonly (readonly [string, RegExp, () => Promise<void>, () => Promise<void>])[] = [
  [
    'that follows another server',
    /standby/,
    () => writeFile(inCluster('standby.signal'), ''),
    () => rm(inCluster('standby.signal')),
  ],
  [
    'whose WAL lies outside the volume',
    /lies outside/,
    async () => {
      await rename(inCluster('pg_wal'), inCluster('pg_wal.kept'))
      await symlink('/wal', inCluster('pg_wal'))
    },
    async () => {
      await rm(inCluster('pg_wal'))
      await rename(inCluster('pg_wal.kept'), inCluster('pg_wal'))
    },
  ],
  [
    'of which a tablespace lies outside the volume',
    /lie outside/,
    () => symlink('/fast/disk', inCluster('pg_tblspc', '16390')),
    () => rm(inCluster('pg_tblspc', '16390')),
  ],
  [
    'beside which lies another',
    /several/,
    async () => {
      const files = await readdir(folder)
      await mkdir(inCluster('first'))
      await Promise.all(files.map((name) => rename(inCluster(name), inCluster('first', name))))
      await cp(inCluster('first'), inCluster('second'), { recursive: true, verbatimSymlinks: true })
    },
    async () => {
      const files = await readdir(inCluster('first'))
      await Promise.all(files.map((name) => rename(inCluster('first', name), inCluster(name))))
      await Promise.all(['first', 'second'].map((name) => rm(inCluster(name), { recursive: true })))
    },
  ],
]

test.each(cases)('a cluster %s must be refused, and stay as it is', async (_, says, change, back) => {
  await change()
  const before = await bed.listing(volume)
  const { postgres13, postgres15 } = bed.images
  const words = ['migrate', '--yes', volume, '--from', postgres13, '--to', postgres15]
  const [planned, done] = [await bed.vol(...words, '--dry-run'), await bed.vol(...words)]
  for (const each of [planned, done]) expectExit(each, 5, says)
  expectSameTree(await bed.listing(volume), before)
  await back()
  expect(await readdir(bed.store).catch(() => [])).toEqual([])
})
