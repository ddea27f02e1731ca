/** What scripts and shells see of every command: results on stdout, the rest on stderr, codes, JSON, help, completion. */
import { readdir, stat, truncate, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { archive, file } from '../archives/raw.ts'
import { expectDone, expectExit, onlyReference } from './checks.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('surface')
const tar = path.join(bed.folder, 'some.tar')
let one = ''
let other = ''
let reference = ''

beforeAll(async () => {
  one = await bed.volume('one', { labels: { purpose: 'test' } })
  other = await bed.volume('other')
  await bed.shell(one, 'echo x >file')
  reference = onlyReference(await bed.vol('snapshot', '--quiet', one))
  await writeFile(tar, archive(file('x', 'x')))
})

const lines = (text: string) => text.split('\n').filter(Boolean)
const parsed = (text: string): unknown[] => lines(text).map((line): unknown => JSON.parse(line))

const verbs = [
  'clone',
  'doctor',
  'inspect',
  'ls',
  'prune',
  'restore',
  'rm',
  'show',
  'snapshot',
  'snapshots',
  'undo',
  'verify',
  'version',
]

test.each(verbs)('docker vol %s --help must give usage and an example, and fit the screen', async (verb) => {
  const help = await bed.vol(verb, '--help')
  expect(expectDone(help)).toMatch(new RegExp(`^Usage: {2}docker vol ${verb}`))
  expect(help.stdout).toMatch(new RegExp(`\\nExamples:\\n(.*\\n)* {2}.*docker vol ${verb}`))
  expect(help.stderr).toBe('')
  for (const line of lines(help.stdout).filter((each) => !/^ {2}\S|^Usage/.test(each)))
    expect(line.length, line).toBeLessThanOrEqual(80)
})

test('docker vol, docker vol --help and docker help vol must say the same, with an example', async () => {
  const help = expectDone(await bed.vol())
  expect(help).toMatch(/^Usage: {2}docker vol COMMAND[^]*\nExamples:\n {2}docker vol /)
  for (const verb of verbs) expect(help).toMatch(new RegExp(`^ {2}${verb} +\\S`, 'm'))
  expect(expectDone(await bed.vol('--help'))).toBe(help)
  expect((await bed.docker('help', 'vol')).stdout).toBe(help)
})

test.each([
  [['nope'], /^docker: unknown command: docker vol nope/],
  [['snapshto'], /Did you mean this\?\n +snapshot/],
  [['snapshot'], /Name volumes, or a project with --project or --file/],
  [['clone', 'a'], /requires 2 arguments/],
  [['ls', 'x'], /accepts no arguments/],
  [['show', 'aa@latest', 'bb@latest'], /requires 1 argument/],
  [['ls', '--frmat=json'], /^unknown flag: --frmat\n\nDid you mean --format\?/],
  [['ls', '--format=yaml'], /must be one of table, json/],
  [['ls', '--format={{.Name}}'], /templates are not supported/],
  [['ls', '--format'], /flag needs an argument: --format/],
  [['snapshot', '--consistency=maybe', 'aa'], /must be one of auto, native, stop, pause, live, none/],
  [['snapshot', '--progress=loud', 'aa'], /must be one of auto, tty, plain, json, quiet/],
  [['ls', '--filter=size=3'], /invalid filter 'size=3'/],
  [['restore'], /Name the snapshot to restore/],
  [['restore', '--from=x.tar'], /--from needs the volume/],
  [['restore', '--from=x.tar', '--into=aa', 'bb'], /are two/],
  [['restore', '--from=x.tar', '--path=a', 'bb'], /--path does not go with --from/],
  [['restore', '--allow-devices', 'aa@latest'], /--allow-devices goes with --from/],
] as const)(
  'docker vol %j must exit with 2, say what is wrong, and how it is used',
  async (words, message) => {
    const result = await bed.vol(...words)
    expectExit(result, 2, message)
    expect(result.stderr).toMatch(
      /\n\nUsage: {2}docker vol .*\n\nRun 'docker vol.* --help' for more information\n$/,
    )
    expect(result.stdout).toBe('')
  },
)

test('--output must tell by its name what is written, and take one volume', async () => {
  expectExit(await bed.vol('snapshot', `--output=${bed.folder}/x.zip`, one), 2, 'which kind of archive')
  expectExit(await bed.vol('snapshot', `--output=${bed.folder}/x.tar`, one, other), 2, 'a single volume')
  const missing = path.join(bed.folder, 'missing', 'x.tar')
  expectExit(
    await bed.vol('snapshot', '--output', missing, one),
    1,
    `${missing} could not be written: there is no such directory`,
  )
  expect(await readdir(bed.folder)).not.toContain('x.tar')
})

test('snapshot must print a reference for each volume and all else on stderr', async () => {
  const result = await bed.vol('snapshot', one, other)
  const printed = lines(expectDone(result))
  expect(printed.map((line) => line.split('@')[0])).toEqual([one, other])
  expect(result.stderr).toContain('1 file, 2B (')
  expect(result.stderr).toContain('empty, 0B (')
  const json = await bed.vol('snapshot', '--format=json', one, other)
  expect(parsed(expectDone(json))).toMatchObject([{ Volume: one }, { Volume: other }])
})

test('-q must print references alone and nothing on stderr', async () => {
  for (const words of [
    ['snapshot', '-q', one],
    ['snapshots', '-q', one],
    ['ls', '-q'],
    ['verify', '-q', reference],
    ['restore', '-q', '-y', reference],
    ['restore', '-q', '-y', `--from=${tar}`, one],
    ['clone', '-q', one, bed.name('copy')],
    ['rm', '-q', '-y', onlyReference(await bed.vol('snapshot', '-q', one))],
  ]) {
    const result = await bed.vol(...words)
    expect(expectDone(result), words.join(' ')).not.toBe('')
    expect(result.stdout).not.toMatch(/[ \t]/)
    expect(result.stderr, words.join(' ')).toBe('')
  }
  expectDone(await bed.vol('restore', '-q', '-y', reference))
})

test('--format json must give an object a line, of inspect and show an array', async () => {
  const more = onlyReference(await bed.vol('snapshot', '-q', one))
  const copy = bed.name('copy')
  const made = path.join(bed.folder, 'made.tar')
  for (const [words, expected] of [
    [['ls', `--filter=name=${one}`], { Name: one, Containers: [], Size: null }],
    [['snapshots', other], { Volume: other, Bytes: 0 }],
    [['verify', reference], { Reference: reference, Whole: true, Damage: null }],
    [['restore', '--yes', reference], { Volume: one, From: reference, Warnings: [] }],
    [['clone', one, copy], { Volume: copy, From: one }],
    [['snapshot', '--output', made, one], { Volume: one, Output: made, Warnings: [] }],
    [['rm', '--yes', more], { Reference: more, FreedBytes: expect.any(Number) }],
    [
      ['rm', '--dry-run', '--force', reference],
      { Step: 'remove-snapshot', Why: expect.stringMatching(/\S/) },
    ],
    [['version'], { Version: expect.any(String), Server: { Version: expect.any(String) } }],
    [['show', '--files', reference], { Path: 'file', Type: 'file', Size: 2 }],
    [['doctor'], { Check: 'store', State: 'ok' }],
  ] as const) {
    const [first] = parsed(expectDone(await bed.vol(...words, '--format=json')))
    expect(first, words.join(' ')).toMatchObject(expected)
  }
  for (const words of [
    ['inspect', one, other],
    ['show', reference],
  ]) {
    const { stdout } = await bed.vol(...words, '--format=json')
    expect(stdout).toMatch(/^\[\n {4}\{\n/)
    expect(JSON.parse(stdout)).toHaveLength(words.length - 1)
  }
})

test('--progress must choose what is told on stderr, and never touch stdout', async () => {
  const words = ['verify', '--quiet', reference]
  const plain = await bed.vol(...words, '--progress=plain')
  expect(plain.stderr).toMatch(/^Verify .+ \.\.\.\nVerify .+: done, .+\n$/)
  const json = await bed.vol(...words, '--progress=json')
  const told = parsed(json.stderr)
  expect(told.at(-1)).toMatchObject({ status: 'Done' })
  // More than one where it takes long.
  expect(told.length).toBeGreaterThan(1)
  for (const line of told.slice(0, -1)) expect(line).toMatchObject({ status: 'Working' })
  const quiet = await bed.vol(...words, '--progress=quiet')
  expect(quiet.stderr).toBe('')
  const drawn = await bed.vol(...words, '--progress=tty', { environment: { NO_COLOR: '1' } })
  // oxlint-disable-next-line no-control-regex
  expect(drawn.stderr).not.toMatch(/\u001b\[\d+m/)
  for (const result of [plain, json, quiet, drawn]) expect(expectDone(result)).toBe(`${reference}\n`)
})

test('ls of two Compose projects must show whose every volume is, and who uses it', async () => {
  const keys = Array.from({ length: 12 }, (_, index) => `data${index}`)
  const service = (mounted: readonly string[]) => ({
    image: bed.images.debian,
    command: ['sleep', 'infinity'],
    init: true,
    stop_grace_period: '1s',
    volumes: mounted.map((key) => `${key}:/${key}`),
  })
  const volumes = Object.fromEntries(keys.map((key) => [key, null]))
  const projects = await Promise.all(
    [keys, keys.slice(0, 9)].map((mounted) =>
      bed.compose({ services: { app: service(mounted), web: service(mounted.slice(0, 1)) }, volumes }),
    ),
  )
  for (const project of projects) await project.up()
  const [first, second] = projects
  if (first === undefined || second === undefined) throw new Error('there must be two projects')
  const ofFirst = expectDone(await bed.vol('ls', `--filter=project=${first.project}`))
  const rows = lines(ofFirst).slice(1)
  expect(rows).toHaveLength(12)
  expect(rows.find((row) => row.startsWith(`${first.volume('data0')} `))).toMatch(
    new RegExp(`${first.project}/app, web +${first.project}-(app|web)-1, ${first.project}-(app|web)-1 +-$`),
  )
  // Columns begin where their headers do.
  const at = ofFirst.indexOf('PROJECT')
  for (const row of rows) expect(row.slice(at)).toMatch(new RegExp(`^${first.project}/app`))
  const unused = await bed.volume('unused')
  const dangling = ['--filter=dangling=true', `--filter=name=${bed.prefix}`]
  expect(lines(expectDone(await bed.vol('ls', '-q', ...dangling)))).toContain(unused)
  expect(expectDone(await bed.vol('ls', '-q', ...dangling))).not.toContain(first.volume('data0'))
  const both = [`--filter=project=${first.project}`, `--filter=project=${second.project}`]
  expect(lines(expectDone(await bed.vol('ls', '-q', ...both)))).toHaveLength(21)
  const labelled = ['--filter=label=purpose=test', '--filter=label=purpose', `--filter=name=${bed.prefix}`]
  expect(expectDone(await bed.vol('ls', '-q', ...labelled))).toContain(one)
  expect(expectDone(await bed.vol('ls', '-q', ...labelled))).not.toContain(other)
  const sized = expectDone(await bed.vol('ls', '--size', `--filter=name=${one}`))
  expect(sized).toMatch(/SIZE +LAST SNAPSHOT\n.* 2B +(\d+|About|Less)/)
  for (const project of projects) await project.down()
})

test('the long name of an anonymous volume must be cut unless --no-trunc or -q is given', async () => {
  const container = await bed.container({ more: ['--volume=/anonymous'] })
  const { stdout } = await bed.docker('inspect', '--format', '{{(index .Mounts 0).Name}}', container)
  const name = stdout.trim()
  const filter = `--filter=name=${name}`
  expect(expectDone(await bed.vol('ls', filter))).toMatch(
    new RegExp(`^${name.slice(0, 12)} +- +- +${container} +-$`, 'm'),
  )
  expect(expectDone(await bed.vol('ls', '--no-trunc', filter))).toContain(name)
  expect(expectDone(await bed.vol('ls', '-q', filter))).toBe(`${name}\n`)
})

test('an empty store must be an empty list and no error', async () => {
  const empty = `--store=${path.join(bed.folder, 'empty')}`
  const listed = await bed.vol('snapshots', empty)
  expect(expectDone(listed)).toMatch(/^SNAPSHOT +CREATED .*\n$/)
  expect(listed.stderr).toContain('There are no snapshots in')
  expect(expectDone(await bed.vol('snapshots', '-q', empty))).toBe('')
  expect(expectDone(await bed.vol('snapshots', '--format=json', empty))).toBe('')
  expectExit(await bed.vol('snapshots', one, empty), 4, `no snapshot of volume "${one}"`)
  expectExit(await bed.vol('show', reference, empty), 4)
  await expect(stat(path.join(bed.folder, 'empty'))).rejects.toThrow('ENOENT')
})

test('verify must look for all before it reads any, and report all when one is damaged', async () => {
  expectExit(await bed.vol('verify', reference, `${one}@2001`), 4, 'There is no snapshot')
  const volume = await bed.volume('damaged')
  await bed.shell(volume, 'head -c 100000 /dev/urandom >file')
  const broken = onlyReference(await bed.vol('snapshot', '-q', volume))
  const blobs = path.join(bed.store, volume, 'blobs', 'sha256')
  const sizes = await Promise.all(
    (await readdir(blobs)).map(async (name) => ({ name, size: (await stat(path.join(blobs, name))).size })),
  )
  const largest = sizes.toSorted((a, b) => b.size - a.size)[0]
  await truncate(path.join(blobs, largest?.name ?? ''), 5000)
  const result = await bed.vol('verify', '--format=json', broken, reference)
  expect(result.exitCode).toBe(3)
  expect(parsed(result.stdout)).toMatchObject([
    { Reference: broken, Whole: false, Damage: expect.stringContaining(largest?.name ?? '-') },
    { Reference: reference, Whole: true },
  ])
  const target = bed.name('never')
  expectExit(await bed.vol('restore', `--into=${target}`, broken), 3, 'Do not rely on this snapshot')
  expect((await bed.tryDocker('volume', 'inspect', target)).exitCode).toBe(1)
  expectDone(await bed.vol('rm', '--yes', '--force', broken))
  expectExit(await bed.vol('snapshots', volume), 4)
})

test('doctor must exit with 3 and say what to do when a helper image is missing', async () => {
  const healthy = await bed.vol('doctor')
  expect(expectDone(healthy)).toMatch(/^CHECK +STATE +ABOUT\nstore +ok [^]*interrupted runs +ok +none\n$/)
  const result = await bed.vol('doctor', '--helper-image=nobody/has:this')
  expect(result.exitCode).toBe(3)
  expect(result.stdout).toMatch(/^helper image +wrong +nobody\/has:this is not here; docker pull it/m)
  expectExit(await bed.vol('snapshot', '--helper-image=nobody/has:this', one), 4, 'nobody/has:this')
})

/** What a shell is offered for the last of some words. */
async function offered(...words: readonly string[]): Promise<string[]> {
  const { stdout } = await bed.docker('__complete', 'vol', ...words)
  expect(stdout).toMatch(/\n:\d+\n$|^:\d+\n$/)
  return lines(stdout).map((line) => line.split('\t')[0] ?? '')
}

test('shells must be offered commands, volumes, snapshots, flags and their values', async () => {
  expect(await offered('')).toEqual(expect.arrayContaining([...verbs, ':4']))
  expect(await offered('snapshot', bed.prefix)).toContain(one)
  expect(await offered('clone', bed.prefix)).toContain(other)
  // The name of a copy is a new one.
  expect(await offered('clone', one, '')).toEqual([':4'])
  expect(await offered('restore', `${one}@`)).toEqual(expect.arrayContaining([`${one}@latest`, reference]))
  expect(await offered('rm', reference, `${one}@`)).not.toContain(reference)
  expect(await offered('restore', '--into', bed.prefix)).toContain(other)
  expect(await offered('verify', '--fo')).toEqual(['--format', ':4'])
  expect(await offered('ls', '--format', '')).toEqual(['table', 'json', ':4'])
  expect(await offered('restore', '--from', '')).toEqual([':0'])
  expect(await offered('snapshots', '--store', '')).toEqual([':16'])
  expect(await offered('nope', '')).toEqual([':4'])
})
