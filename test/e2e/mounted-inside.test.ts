/** Something mounted deep in a volume is no part of it, and in no copy of it: nothing may move or remove it. */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectDone, expectExit, expectSameTree, onlyReference, startedAt } from './checks.ts'
import { smallFileSystems } from './full-place.ts'
import { expectEmptyJournal } from './left-behind.ts'
import { listTree } from './listing.ts'
import { scenario } from './scenario.ts'
import { sideBySide } from './side-by-side.ts'

const bed = await scenario('mounted')
const smallFileSystem = smallFileSystems(bed)
const mountedIn: string[] = []
/** One on a device of its own, one on that of the volume. */
let shares: readonly string[]

beforeAll(async () => {
  const same = path.join(bed.folder, 'same device')
  await mkdir(same)
  shares = [await smallFileSystem('share', { mebibytes: 8 }), same]
})

// An assertion that fails must not leave a mount for what removes the volumes.
afterAll(async () => {
  for (const folder of mountedIn) await execa('sh', ['-c', unmountBelow, 'sh', folder])
})

/** A volume whose snapshot is older than what it holds, which a restore has replaced once, and who uses it. */
async function startPlace() {
  const volume = await bed.volume('deep')
  const folder = await bed.mountpoint(volume)
  // A path that the kernel lists with escapes.
  const deep = path.join(folder, 'media of all', 'nas')
  await mkdir(deep, { recursive: true })
  await writeFile(path.join(folder, 'file'), 'old')
  await writeFile(path.join(folder, 'media of all', 'list'), 'old')
  const reference = onlyReference(await bed.vol('snapshot', '--quiet', volume))
  await writeFile(path.join(folder, 'media of all', 'list'), 'new')
  expectDone(await bed.vol('restore', '--yes', '--path=file', reference))
  const user = await bed.container({ volumes: { [volume]: '/data' } })
  return { volume, folder, deep, reference, user }
}

type Place = Awaited<ReturnType<typeof startPlace>>

async function mountAt({ folder, deep }: Place, share: string): Promise<void> {
  await writeFile(path.join(share, 'only copy'), 'precious')
  mountedIn.push(folder)
  await execa('mount', ['--bind', share, deep])
}

test('what is mounted two levels down must keep what it shows, and the volume stay as it is', async () => {
  await sideBySide(shares, shares.length, async (share) => {
    const place = await startPlace()
    const { volume, folder, deep, reference, user } = place
    await mountAt(place, share)
    const before = await listTree(folder)
    const started = await startedAt(bed, user)
    for (const words of [
      ['restore', '--yes', reference],
      ['restore', '--yes', '--path=media of all', reference],
      ['undo', '--yes', volume],
    ]) {
      expectExit(await bed.vol(...words), 5, 'mounted at "media of all/nas"')
      expectSameTree(await listTree(folder), before)
      expect(await startedAt(bed, user)).toBe(started)
    }
    await execa('umount', [deep])
    expectDone(await bed.vol('restore', '--yes', reference))
    expect(await readFile(path.join(folder, 'media of all', 'list'), 'utf8')).toBe('old')
    expect(await readFile(path.join(share, 'only copy'), 'utf8')).toBe('precious')
  })
  await expectEmptyJournal(bed)
})

// Wherever a mount has gone with what it lies in; the kernel lists it with escapes.
const unmountBelow = `
while read -r _ _ _ _ place _; do
  place=$(printf '%b' "$place")
  case $place in "$1"/*) umount --lazy "$place" ;; esac
done </proc/self/mountinfo
`
