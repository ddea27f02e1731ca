/** Names that are wrong, hostile or of nothing: an error, and neither the engine nor the store has anything new. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { archive, file } from '../archives/raw.ts'
import { startSecondEngine } from '../bed/second-engine.ts'
import { expectDone, expectExit, onlyReference } from './checks.ts'
import { rounds, scenario } from './scenario.ts'
import { sideBySide } from './side-by-side.ts'
import { wholeState } from './whole-state.ts'

// An engine that nobody else uses, so that whatever appears on it was made by what is tested here.
const engine = await startSecondEngine(inject('bed'))
afterAll(() => engine.stop())
const bed = await scenario('names')
const there = { environment: { DOCKER_HOST: engine.host } }
const tar = path.join(bed.folder, 'some.tar')
let id = ''

beforeAll(async () => {
  await bed.docker('volume', 'create', 'kept', there)
  const run = ['run', '--name=keeps', '--mount=type=volume,src=kept,dst=/kept', bed.images.debian]
  await bed.docker(...run, 'sh', '-c', 'echo kept >/kept/file', there)
  id = onlyReference(await bed.vol('snapshot', '--quiet', 'kept', there)).replace('kept@', '')
  await writeFile(tar, archive(file('x', 'x')))
})

/** What docker, a shell or a file system could take for something else than a name. */
const hostile = [
  '',
  '.',
  '..',
  'x',
  '-x',
  '--rm',
  '--help',
  '/etc',
  '../x',
  'kept/../kept',
  'a,b',
  'kept,type=bind,src=/etc',
  'a:b',
  'kept:/mnt',
  'a=b',
  'a b',
  'kept ',
  'kept\n',
  'new\nline',
  '$(id)',
  '`id`',
  '${HOME}',
  'kept;id',
  '*',
  '\u001b[31mred',
  'kеpt', // the second letter is Cyrillic
  'ｋｅｐｔ', // full width
  'ke\u0301pt',
  '\u202etpek',
  'n'.repeat(256),
  'n'.repeat(300),
]

/** Of names that docker would take, those of nothing. */
const missing = ['Kept', 'kept.', 'kep', 'missing', 'n'.repeat(255)]

/** Every command that takes the name of a volume or of a snapshot. */
const commands: Readonly<Record<string, (name: string) => readonly string[]>> = {
  snapshot: (name) => ['snapshot', '--', name],
  'snapshot of several': (name) => ['snapshot', '--', 'kept', name],
  'snapshot --output': (name) => ['snapshot', `--output=${path.join(bed.folder, 'out.tar')}`, '--', name],
  inspect: (name) => ['inspect', '--', 'kept', name],
  'restore of its snapshot': (name) => ['restore', '--yes', '--', `${name}@latest`],
  'restore of an ID': (name) => ['restore', '--yes', '--', `kept@${name}`],
  'restore --path': (name) => ['restore', '--yes', '--path=file', '--', `${name}@latest`],
  'clone from': (name) => ['clone', '--', name, 'copy'],
  snapshots: (name) => ['snapshots', '--', name],
  show: (name) => ['show', '--', `${name}@latest`],
  'show --files': (name) => ['show', '--files', '--', name],
  verify: (name) => ['verify', '--', 'kept@latest', `${name}@latest`],
  rm: (name) => ['rm', '--yes', '--force', '--', 'kept@latest', `${name}@latest`],
}

/** Those that make a volume of a name that docker would take. */
const makers: Readonly<Record<string, (name: string) => readonly string[]>> = {
  'restore --into': (name) => ['restore', '--yes', `--into=${name}`, 'kept@latest'],
  'restore --from': (name) => ['restore', '--yes', `--from=${tar}`, '--', name],
  'clone to': (name) => ['clone', '--', 'kept', name],
}

const all: readonly (readonly [string, (name: string) => readonly string[], readonly string[]])[] = [
  ...Object.entries(commands).map(([what, words]) => [what, words, [...hostile, ...missing]] as const),
  ...Object.entries(makers).map(([what, words]) => [what, words, hostile] as const),
]

test.each(all)('%s of a wrong name must fail and change nothing', async (what, words, every) => {
  // Each command takes up where the one before left off, so that no name is left out.
  const first = all.findIndex(([name]) => name === what) * rounds(11)
  const names = [...every, ...every].slice(first % every.length).slice(0, Math.min(rounds(11), every.length))
  const before = await wholeState(bed, there)
  await sideBySide(names, 3, async (name) => {
    const result = await bed.vol(...words(name), there)
    expect.soft([2, 4], `exit code for ${JSON.stringify(name)}: ${result.stderr}`).toContain(result.exitCode)
    expectExit(result, result.exitCode, /\S/)
    expect(result.stdout).toBe('')
    // A name is shown so that it can neither hide nor forge anything.
    // oxlint-disable-next-line no-control-regex
    expect(result.stderr).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u202e]/)
  })
  expect(await wholeState(bed, there)).toEqual(before)
})

test('a wrong name without -- before it must fail and change nothing', async () => {
  const before = await wholeState(bed, there)
  await sideBySide(
    ['snapshot', 'inspect', 'snapshots', 'show', 'verify', 'rm', 'restore'],
    3,
    async (verb) => {
      for (const name of ['-x', '--rm', '--privileged', '-v/etc:/mnt'])
        expectExit(await bed.vol(verb, name, there), 2, /^(unknown|flag|docker:)[^]*\n\nUsage: {2}docker vol/)
    },
  )
  expect(await wholeState(bed, there)).toEqual(before)
})

test('a filter that nothing passes must give an empty list and change nothing', async () => {
  const before = await wholeState(bed, there)
  await sideBySide(hostile.slice(0, rounds(11)), 3, async (name) => {
    const filter = ['name', 'label', 'project'].flatMap((key) => ['--filter', `${key}=${name}`])
    expect(expectDone(await bed.vol('ls', '--quiet', ...filter, there))).toBe('')
    expectExit(await bed.vol('ls', `--filter=${name}`, there), 2, 'invalid filter')
  })
  expect(await wholeState(bed, there)).toEqual(before)
})

test('a misspelt name must be answered with the one that was meant', async () => {
  expectExit(await bed.vol('snapshot', 'ketp', there), 4, 'Did you mean kept?')
  expectExit(await bed.vol('restore', 'kep@latest', there), 4, 'Did you mean kept@latest?')
  expectExit(
    await bed.vol('show', `kept@${id.slice(0, -1)}${id.endsWith('0') ? 1 : 0}`, there),
    4,
    `kept@${id}?`,
  )
})

test('paths of --path that lead out of the volume must be refused', async () => {
  const before = await wholeState(bed, there)
  for (const wanted of ['..', '../file', 'a/../../etc', '', '/', '.'])
    expectExit(await bed.vol('restore', '--yes', `--path=${wanted}`, 'kept@latest', there), 2)
  expectExit(await bed.vol('restore', '--yes', '--path=$(id)', 'kept@latest', there), 4)
  expect(await wholeState(bed, there)).toEqual(before)
})
