/** prune: what goes, what stays, and the way back. */
import path from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import type { StoredSnapshot } from '../../src/snapshots/format.ts'
import { newSnapshotId } from '../../src/snapshots/id.ts'
import { directoryStore } from '../../src/stores/directory.ts'
import { expectDone, expectExit, expectSameTree, onlyReference } from './checks.ts'
import { expectTidyStore } from './left-behind.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('prune')
let folder = ''
let volume = ''
let real = ''
let store = directoryStore('')

const day = 24 * 60 * 60 * 1000
const lines = (text: string) => text.split('\n').filter(Boolean)

/** A store of its own with one real snapshot. */
beforeEach(async () => {
  folder = path.join(bed.folder, bed.name('store'))
  store = directoryStore(folder)
  volume = await bed.volume('data')
  await bed.shell(volume, 'mkdir d; seq 1000 >d/numbers; chmod 750 d; ln -s d/numbers link')
  real = onlyReference(await bed.vol('snapshot', '--quiet', '--store', folder, volume))
})

/** Lists the real snapshot once more, as if it had been taken so many days ago. */
async function olderCopy(days: number): Promise<StoredSnapshot> {
  const [first] = (await store.list(volume)).toReversed()
  if (first === undefined) throw new Error('There is no snapshot to copy')
  const at = new Date(Date.now() - days * day)
  const draft = await store.begin(volume)
  const config = { ...first.config, id: newSnapshotId(at), created: at.toISOString() }
  return await draft.commit(config, first.manifest.layers, {})
}

const prune = (...words: readonly string[]) => bed.vol('prune', '--store', folder, ...words)
const listed = async (...words: readonly string[]) =>
  lines(expectDone(await bed.vol('snapshots', '--quiet', '--store', folder, ...words)))

test('prune without a rule must refuse, and without a yes do nothing', async () => {
  await olderCopy(3)
  expectExit(await prune(), 2, /say what to keep/)
  expectExit(await prune('--keep-last=0', '--yes'), 2, /say what to keep/)
  expectExit(await prune('--keep-last=1'), 5, /Remove 1 snapshot of 1 volume \(to the trash\)/)
  expectExit(await prune('--keep-last=1', 'no-such-volume'), 4)
  const plan = expectDone(await prune('--keep-last=1', '--dry-run'))
  expect(plan).toMatch(/move snapshot .* to the trash until .* # no rule keeps it/)
  expect(plan).toMatch(/keep snapshot .* # the newest, .*among the last 1/)
  expect(await listed()).toHaveLength(2)
  expect(await listed('--trash')).toEqual([])
})

test('what prune removes must be in the trash, whole, and come back', async () => {
  const old = `${volume}@${(await olderCopy(3)).id}`
  const older = `${volume}@${(await olderCopy(400)).id}`
  const result = await prune('--keep-daily=1', '--yes')
  expect(lines(expectDone(result))).toEqual([older, old])
  expect(result.stderr).toMatch(/2 moved to the trash until .*; 1 kept/)
  expect(await listed()).toEqual([real])
  expect(await listed('--trash')).toEqual([older, old])
  // By its ID it is still of full use.
  const into = bed.name('into')
  expectDone(await bed.vol('restore', '--store', folder, '--into', into, old))
  expectSameTree(await bed.listing(into), await bed.listing(volume))
  expect(lines(expectDone(await prune('--undelete', old, '--undelete', older)))).toEqual([old, older])
  expect(await listed()).toEqual([older, old, real])
  expectExit(await prune('--undelete', old), 4, /is not in the trash/)
  expectDone(await bed.vol('verify', '--quiet', '--store', folder, older, old, real))
})

test('the trash must be emptied once its time is over, and free what only it needs', async () => {
  const old = await olderCopy(3)
  expectDone(await prune('--keep-last=1', '--yes', '--quiet'))
  await store.trash(old, new Date(Date.now() - 1000))
  const result = await prune('--keep-last=1', '--yes', '--format=json')
  const rows = lines(expectDone(result)).map((line): unknown => JSON.parse(line))
  expect(rows).toMatchObject([
    { Reference: real, Action: 'kept' },
    { Reference: `${volume}@${old.id}`, Action: 'removed', Why: expect.stringContaining('in the trash') },
  ])
  expect(await listed('--trash')).toEqual([])
  await expectTidyStore(folder, volume)
  expectDone(await bed.vol('verify', '--store', folder, real))
})

test('a snapshot of the volume must empty the trash as well', async () => {
  const old = await olderCopy(3)
  await store.trash(old, new Date(Date.now() - 1000))
  expectDone(await bed.vol('snapshot', '--quiet', '--store', folder, volume))
  expect(await listed('--trash')).toEqual([])
  await expectTidyStore(folder, volume)
})

test('without a grace time prune must remove at once', async () => {
  await olderCopy(3)
  expectDone(await prune('--keep-last=1', '--grace=0s', '--yes'))
  expect(await listed()).toEqual([real])
  expect(await listed('--trash')).toEqual([])
  await expectTidyStore(folder, volume)
})

test('the last verified snapshot must stay, and one found damaged neither count nor go', async () => {
  const verified = `${volume}@${(await olderCopy(30)).id}`
  expectDone(await bed.vol('verify', '--store', folder, verified))
  const unverified = await olderCopy(20)
  const damaged = await olderCopy(10)
  await store.record(damaged, 'boot', { at: new Date().toISOString(), good: false, about: 'would not start' })
  expect(lines(expectDone(await prune('--keep-last=1', '--yes')))).toEqual([`${volume}@${unverified.id}`])
  expect(await listed()).toEqual([verified, `${volume}@${damaged.id}`, real])
  expect(expectDone(await bed.vol('snapshots', '--store', folder))).toMatch(
    /bytes \d+s ago\n.* damaged\n.* no\n/,
  )
  expect(lines(expectDone(await prune('--keep-last=1', '--yes', '--force')))).toEqual([verified])
})

test('a filter must take all snapshots of a volume or none', async () => {
  await olderCopy(3)
  const words = ['--keep-last=1', '--yes', '--dry-run', '--format=json'] as const
  expect(lines(expectDone(await prune(...words, '--filter', `name=${volume}`)))).toHaveLength(2)
  expect(lines(expectDone(await prune(...words, '--filter', 'project=nobody')))).toEqual([])
  expectExit(await prune(...words, '--filter', 'size=3'), 2, /invalid filter 'size=3'/)
})

test('a set of which something stays must stay whole, and be restored; else it goes whole', async () => {
  const project = bed.name('shop')
  const labels = { 'com.docker.compose.project': project }
  const [one, two] = [await bed.volume('one', { labels }), await bed.volume('two', { labels })]
  await Promise.all([bed.shell(one, 'echo 1 >before'), bed.shell(two, 'echo 2 >before')])
  const inStore = ['--quiet', '--store', folder] as const
  const takeSet = async () => lines(expectDone(await bed.vol('snapshot', ...inStore, '--project', project)))
  const set = await takeSet()
  expect(set).toHaveLength(2)
  const alone = onlyReference(await bed.vol('snapshot', ...inStore, one))
  const ofProject = ['--keep-last=1', '--filter', `project=${project}`, '--yes']
  expect(expectDone(await prune(...ofProject, one, '--dry-run'))).toMatch(
    new RegExp(`keep snapshot ${one}@.* # with ${two} in the set ${project}@.*, which stays whole`),
  )
  expect(lines(expectDone(await prune(...ofProject)))).toEqual([])
  await Promise.all([bed.shell(one, 'mv before after'), bed.shell(two, 'mv before after')])
  expectDone(await bed.vol('restore', '--yes', '--store', folder, '--project', `${project}@latest`))
  for (const each of [one, two]) expect(Object.keys((await bed.listing(each)).files)).toContain('before')

  const next = await takeSet()
  expect(new Set(lines(expectDone(await prune(...ofProject))))).toEqual(new Set([...set, alone]))
  expect(new Set(await listed('--filter', `project=${project}`))).toEqual(new Set(next))
})
