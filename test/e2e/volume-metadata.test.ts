import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { expectDone, expectExit, expectSameTree, onlyReference } from './checks.ts'
import { listTree } from './listing.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('metadata')

type Inspected = {
  readonly Driver: string
  readonly Labels: Readonly<Record<string, string>> | null
  readonly Options: Readonly<Record<string, string>> | null
}

async function inspected(volume: string): Promise<Inspected> {
  const { stdout } = await bed.docker('volume', 'inspect', volume)
  const [first]: Inspected[] = JSON.parse(stdout)
  if (first === undefined) throw new Error(`${volume} is not there`)
  return first
}

const labels = {
  'com.example.team': 'shop',
  'com.example.empty': '',
  'com.example.odd': 'a=b, "c" é',
  'com.docker.compose.project': 'shop',
  'com.docker.compose.volume': 'data',
  'com.docker.compose.version': '2.40.3',
}
const stale = { 'com.docker.compose.config-hash': '0123abcd', 'com.docker.volume.anonymous': '' }

test('restore must bring back driver, options and labels, but for what harms a volume that is made anew', async () => {
  const volume = await bed.volume('labelled', { labels: { ...labels, ...stale } })
  await bed.shell(volume, 'echo x >x')
  const before = await inspected(volume)
  expect(before.Labels).toMatchObject(stale)
  const reference = onlyReference(await bed.vol('snapshot', '-q', volume))
  await bed.docker('volume', 'rm', volume)
  expectDone(await bed.vol('restore', reference))
  const after = await inspected(volume)
  const kept = Object.entries(before.Labels ?? {}).filter(([label]) => !(label in stale))
  expect(after).toMatchObject({ Driver: before.Driver, Options: before.Options })
  expect(after.Labels).toEqual(Object.fromEntries(kept))
  expect(after.Labels).toMatchObject(labels)
})

test('restore into a volume that is there must leave its labels and options as they are', async () => {
  const volume = await bed.volume('from', { labels })
  await bed.shell(volume, 'echo x >x')
  const reference = onlyReference(await bed.vol('snapshot', '-q', volume))
  const target = await bed.volume('into', { labels: { other: 'label' } })
  const before = await inspected(target)
  expectDone(await bed.vol('restore', '--into', target, reference))
  expect(await inspected(target)).toMatchObject({ ...before })
})

test('restore --into another name and clone must carry no label of a Compose project', async () => {
  const volume = await bed.volume('project', { labels: { ...labels, ...stale } })
  await bed.shell(volume, 'echo x >x')
  const reference = onlyReference(await bed.vol('snapshot', '-q', volume))
  const [into, copy] = [bed.name('into'), bed.name('copy')]
  expectDone(await bed.vol('restore', '--into', into, reference))
  expectDone(await bed.vol('clone', volume, copy))
  const own = Object.entries((await inspected(volume)).Labels ?? {}).filter(
    ([label]) => !label.startsWith('com.docker.'),
  )
  expect(own.length).toBeGreaterThan(3)
  for (const made of [into, copy]) expect((await inspected(made)).Labels).toEqual(Object.fromEntries(own))
})

/** A volume that is a folder of this machine. The engine mounts it only while a container uses it. */
async function bound(part: string) {
  const folder = path.join(bed.folder, part)
  await mkdir(folder)
  const options = { type: 'none', o: 'bind', device: folder }
  const volume = await bed.volume(part, { options, labels: { kept: 'yes' } })
  await bed.shell(volume, 'echo in the folder >file; chown 12:34 file .')
  return { folder, options, volume }
}

describe('a volume that is a folder of the machine', () => {
  test('must come back with its options, in its folder', async () => {
    const { folder, options, volume } = await bound('bound')
    const before = await listTree(folder)
    expect(Object.keys(before.files)).toEqual(['.', 'file'])
    const reference = onlyReference(await bed.vol('snapshot', '-q', volume))
    await bed.docker('volume', 'rm', volume)
    await rm(folder, { recursive: true })
    await mkdir(folder)
    expectDone(await bed.vol('restore', reference))
    expect((await inspected(volume)).Options).toEqual(options)
    expectSameTree(await listTree(folder), before)
  })

  test('must not be overwritten when the folder still holds something', async () => {
    const { folder, volume } = await bound('still-full')
    const reference = onlyReference(await bed.vol('snapshot', '-q', volume))
    await bed.docker('volume', 'rm', volume)
    await writeFile(path.join(folder, 'newer'), 'must stay')
    const before = await listTree(folder)
    expectExit(await bed.vol('restore', reference), 5, /not empty/)
    expectSameTree(await listTree(folder), before)
    // Once the user has seen that, --yes replaces it.
    expectDone(await bed.vol('restore', '--yes', reference))
    expect(Object.keys((await listTree(folder)).files)).toEqual(['.', 'file'])
  })

  test('must not be where a copy under another name lies', async () => {
    const { volume } = await bound('copied')
    const reference = onlyReference(await bed.vol('snapshot', '-q', volume))
    const [into, copy] = [bed.name('into'), bed.name('copy')]
    expectDone(await bed.vol('restore', '--into', into, reference))
    expectDone(await bed.vol('clone', volume, copy))
    for (const made of [into, copy]) {
      expect((await inspected(made)).Options ?? {}).toEqual({})
      await bed.shell(made, 'echo changed >file')
      expect(await bed.shell(volume, 'cat file')).toBe('in the folder\n')
    }
  })
})

describe('a volume whose options hold a secret', () => {
  test('must be refused when it is gone, and restored when the user has made it again', async () => {
    const folder = path.join(bed.folder, 'secret')
    await mkdir(folder)
    // A bind mount takes no password; the engine's driver hands the text to mount(2), which ignores it for a bind.
    const options = { type: 'none', o: 'bind,password=s3cr3t', device: folder }
    const volume = await bed.volume('secret', { options })
    await bed.shell(volume, 'echo x >x')
    const taken = await bed.vol('snapshot', volume)
    const reference = onlyReference(taken)
    expect(taken.stderr).toMatch(/Warning: .*"o" holds a secret/)
    const shown = expectDone(await bed.vol('show', reference))
    expect(shown).not.toContain('s3cr3t')
    expect((await bed.shell(volume, 'ls')).trim()).toBe('x')
    await bed.docker('volume', 'rm', volume)
    expectExit(await bed.vol('restore', reference), 5, /had secrets in its driver options/)
    expect((await bed.tryDocker('volume', 'inspect', volume)).exitCode).toBe(1)

    await rm(path.join(folder, 'x'))
    const flags = Object.entries(options).map(([key, value]) => `--opt=${key}=${value}`)
    await bed.docker('volume', 'create', ...flags, volume)
    expectDone(await bed.vol('restore', reference))
    expect(await bed.shell(volume, 'cat x')).toBe('x\n')
    const elsewhere = bed.name('elsewhere')
    expectDone(await bed.vol('restore', '--into', elsewhere, reference))
    expect(await bed.shell(elsewhere, 'cat x')).toBe('x\n')
  })
})

test('a volume in memory must be refused, since what is restored would be gone at once', async () => {
  const source = await bed.volume('lasting')
  await bed.shell(source, 'echo 1 >a')
  const snapshot = onlyReference(await bed.vol('snapshot', '-q', source))
  const memory = await bed.volume('memory', { options: { type: 'tmpfs', device: 'tmpfs', o: 'size=20m' } })
  const restored = await bed.vol('restore', '--yes', '--into', memory, snapshot)
  expectExit(restored, 5)
  expect(restored.stderr).toContain('lies in memory')
})
