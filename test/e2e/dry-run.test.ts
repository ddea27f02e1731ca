/** What --dry-run promises: a plan with a reason for every step, and nothing changed. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { expectDone, expectSameTree, onlyReference } from './checks.ts'
import { listTree } from './listing.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('dry-run')
const archive = path.join(bed.folder, 'archive.tar')
const output = path.join(bed.folder, 'never-written.tar.zst')
let full = ''
let empty = ''
let newer = ''
let older = ''

beforeAll(async () => {
  full = await bed.volume('full')
  empty = await bed.volume('empty')
  await bed.shell(full, 'mkdir -p some/folder; echo one >some/folder/file; echo two >other')
  older = onlyReference(await bed.vol('snapshot', '-q', full))
  newer = onlyReference(await bed.vol('snapshot', '-q', full))
  expectDone(await bed.vol('snapshot', '--output', archive, full))
  await bed.shell(full, 'echo changed >other; echo three >new')
})

/** Everything that a command could change. */
async function everything() {
  const names = await bed.docker('volume', 'ls', '--quiet', '--filter', `name=${bed.prefix}`)
  const containers = await bed.docker('ps', '--all', '--quiet', '--filter', `volume=${full}`)
  return {
    engine: [names.stdout, containers.stdout],
    trees: [await bed.listing(full), await bed.listing(empty), await listTree(path.dirname(bed.store))],
  }
}

const commands: readonly (readonly [string, () => readonly string[], RegExp])[] = [
  ['snapshot', () => ['snapshot', full, empty], /^1\. snapshot .+\n2\. snapshot /],
  ['snapshot --output', () => ['snapshot', '--output', output, full], /^1\. write .+ as a tar to /],
  ['clone', () => ['clone', full, `${full}-clone`], /^1\. copy .+ to the new volume /],
  ['restore', () => ['restore', newer], /^1\. restore .+ over the contents of /],
  ['restore --yes', () => ['restore', '--yes', newer], /^1\. restore .+ over the contents of /],
  ['restore --into', () => ['restore', '--into', empty, newer], /^1\. restore .+ into /],
  ['restore --into a new volume', () => ['restore', '--into', `${full}-new`, newer], / into the new volume /],
  ['restore --path', () => ['restore', '--path', 'some/folder', newer], /^1\. restore some\/folder from /],
  ['restore --from', () => ['restore', '--from', archive, empty], /^1\. restore the archive .+ into /],
  ['rm', () => ['rm', older], /^1\. remove snapshot /],
]

test.each(commands)(
  '%s --dry-run must say what it would do, and why, and change nothing',
  async (_, words, plan) => {
    const before = await everything()
    const said = expectDone(await bed.vol(...words(), '--dry-run'))
    expect(said).toMatch(plan)
    for (const line of said.trimEnd().split('\n')) expect(line).toMatch(/^\d+\. .+ # \S/)
    const after = await everything()
    expect(after.engine).toEqual(before.engine)
    for (const [index, tree] of after.trees.entries()) {
      const earlier = before.trees[index]
      if (earlier === undefined) throw new Error('a tree has appeared')
      expectSameTree(tree, earlier)
    }
    expect(existsSync(output)).toBe(false)
  },
)

test('a plan as JSON must name each step, what it does, and why', async () => {
  const said = expectDone(await bed.vol('snapshot', '--dry-run', '--format', 'json', full, empty))
  const steps = said
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
  const step = {
    Step: 'snapshot',
    Does: expect.stringContaining('snapshot'),
    Why: expect.stringMatching(/\S/),
  }
  expect(steps).toEqual([step, step])
})
