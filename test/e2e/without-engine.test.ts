/** What works and what is said where there is no engine, no docker, or no store that can be used. */
import { chmod, chown, mkdir, mkdtemp, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { execa } from 'execa'
import { beforeAll, expect, inject, onTestFinished, test } from 'vitest'
import { archive, file } from '../archives/raw.ts'
import { expectDone, expectExit, onlyReference } from './checks.ts'
import { start, type RunResult } from './running.ts'
import { scenario } from './scenario.ts'
import { filesOf } from './whole-state.ts'

const bed = await scenario('without-engine')
const product = inject('installed').product
// Nobody listens there.
const nobody = { environment: { DOCKER_HOST: 'tcp://127.0.0.1:1' } }
const tar = path.join(bed.folder, 'some.tar')
let volume = ''
let reference = ''

beforeAll(async () => {
  volume = await bed.volume('kept')
  await bed.shell(volume, 'echo kept >file')
  reference = onlyReference(await bed.vol('snapshot', '--quiet', volume))
  await writeFile(tar, archive(file('x')))
})

test.each([
  ['ls'],
  ['inspect', 'VOLUME'],
  ['snapshot', 'VOLUME'],
  ['snapshot', '--dry-run', 'VOLUME'],
  ['snapshot', '--output=-', 'VOLUME'],
  ['restore', '--yes', 'SNAPSHOT'],
  ['restore', '--yes', '--path=file', 'SNAPSHOT'],
  ['restore', '--yes', '--from=TAR', 'VOLUME'],
  ['clone', 'VOLUME', 'copy'],
])('without an engine %s must fail with 6 and say which one does not answer', async (...words) => {
  const before = await filesOf(path.dirname(bed.store))
  const filled = words.map((word) =>
    word.replace('VOLUME', volume).replace('SNAPSHOT', reference).replace('TAR', tar),
  )
  const result = await bed.vol(...filled, nobody)
  expectExit(result, 6, /^Error: The docker daemon does not answer\.\n[^]*127\.0\.0\.1:1[^]*DOCKER_HOST/m)
  expect(result.stdout).toBe('')
  expect(await filesOf(path.dirname(bed.store))).toEqual(before)
})

test('without an engine snapshots must be listed, shown, checked and removed', async () => {
  expect(expectDone(await bed.vol('snapshots', '--quiet', volume, nobody)).trim()).toBe(reference)
  expect(JSON.parse(expectDone(await bed.vol('show', reference, nobody)))).toMatchObject([
    { Reference: reference },
  ])
  expect(expectDone(await bed.vol('show', '--files', reference, nobody))).toMatch(/ file$/m)
  expectDone(await bed.vol('verify', reference, nobody))
  const more = onlyReference(await bed.vol('snapshot', '--quiet', volume))
  expectDone(await bed.vol('rm', '--yes', more, nobody))
  expect(expectDone(await bed.vol('snapshots', '--quiet', volume, nobody)).trim()).toBe(reference)
})

test('without an engine version and doctor must still tell what they can', async () => {
  expect(expectDone(await bed.vol('version', nobody))).toMatch(/Docker engine: +not there/)
  const doctor = await bed.vol('doctor', nobody)
  expect(doctor.exitCode).toBe(3)
  expect(doctor.stdout).toMatch(/^engine +wrong +.*127\.0\.0\.1:1/m)
  expect(doctor.stdout).toMatch(/^store +ok +/m)
})

/** The plugin by itself, with no docker on PATH. */
async function alone(...words: readonly string[]): Promise<RunResult> {
  const folder = await mkdtemp(path.join(bed.folder, 'no-docker-'))
  await symlink(process.execPath, path.join(folder, 'node'))
  const { stdout } = await execa('sh', ['-c', 'command -v sed dirname readlink uname cat mkfifo'])
  for (const program of stdout.split('\n')) await symlink(program, path.join(folder, path.basename(program)))
  return await start(path.join(product, 'bin', 'docker-vol'), words, { ...bed.environment, PATH: folder })
    .ended
}

test('without docker on PATH the plugin by itself must fail with 6, and still know its snapshots', async () => {
  expectExit(await alone('ls'), 6, 'Install docker, or put it on PATH.')
  expectExit(await alone('snapshot', volume), 6, 'could not be started')
  expect(expectDone(await alone('snapshots', '--quiet', volume)).trim()).toBe(reference)
  expectDone(await alone('verify', reference))
})

test('a context that is not there must be named', async () => {
  const missing = { environment: { DOCKER_HOST: undefined, DOCKER_CONTEXT: 'nowhere' } }
  expectExit(await bed.vol('ls', missing), 6, /context[^]*nowhere[^]*docker context ls/)
})

const commands = (store: string) => [
  ['snapshot', `--store=${store}`, volume],
  ['snapshots', `--store=${store}`],
  ['verify', `--store=${store}`, reference],
  ['rm', `--store=${store}`, '--yes', reference],
]

test('a store that others can write to must be refused, with the way out', async () => {
  const store = path.join(bed.folder, 'open')
  await mkdir(store)
  await chmod(store, 0o777)
  for (const words of commands(store)) expectExit(await bed.vol(...words), 1, `chmod go-w ${store}`)
  expect(Object.keys(await filesOf(store))).toEqual(['.'])
  expect((await bed.vol('doctor', '--store', store)).stdout).toMatch(/^store +wrong +.*chmod go-w/m)
})

test('a store that is a file must be refused, and stay as it is', async () => {
  for (const words of commands(tar)) expectExit(await bed.vol(...words), 1, 'it is not a directory')
})

test('a read-only store must be an error for who writes, and serve who reads', async () => {
  const copy = path.join(bed.folder, 'read-only')
  await mkdir(copy, { mode: 0o700 })
  await execa('cp', ['-a', `${bed.store}/.`, copy])
  await execa('mount', ['--bind', copy, copy])
  onTestFinished(async () => void (await execa('umount', ['--lazy', copy])))
  await execa('mount', ['-o', 'remount,bind,ro', copy])
  expectExit(await bed.vol('snapshot', `--store=${copy}`, volume), 1, /store.*read-only|EROFS/)
  expectExit(await bed.vol('rm', '--yes', '--force', `--store=${copy}`, reference), 1, /read-only|EROFS/)
  expect(expectDone(await bed.vol('snapshots', '--quiet', `--store=${copy}`)).trim()).toBe(reference)
  expectDone(await bed.vol('verify', `--store=${copy}`, reference))
  const target = bed.name('from-read-only')
  expectDone(await bed.vol('restore', `--store=${copy}`, `--into=${target}`, reference))
  expect(await bed.shell(target, 'cat file')).toBe('kept\n')
})

/** Where a user of whom the machine knows nothing finds a folder with the program in it. */
const place = '/mnt'

/** Runs the plugin by itself as that user, with next to no variables. */
async function asStranger(
  folder: string,
  ...words: readonly string[]
): Promise<readonly [number | undefined, string]> {
  for (const part of ['dist', 'package.json', 'oclif.manifest.json'])
    await execa('cp', ['-r', path.join(product, part), folder])
  await execa('cp', [process.execPath, path.join(folder, 'node')])
  // Whatever the umask is, the program can be read; whichever folders above it are closed, it is seen elsewhere.
  await execa('chmod', ['-R', 'u=rwX,go=rX', folder])
  const script = 'mount --bind "$1" "$2"; shift 2; exec setpriv --reuid=1234 --clear-groups "$@"'
  const command = [`${place}/node`, `${place}/dist/main.js`, ...words]
  const { exitCode, stderr } = await execa(
    'unshare',
    ['--mount', 'sh', '-euc', script, 'sh', folder, place, ...command],
    { cwd: '/', extendEnv: false, env: { PATH: process.env['PATH'] ?? '' }, reject: false },
  )
  return [exitCode, stderr]
}

test('a store of another user must be refused to who is not root', async () => {
  const folder = path.join(bed.folder, 'foreign')
  const store = path.join(folder, 'store')
  await mkdir(store, { recursive: true })
  await chown(store, 4321, 4321)
  expect(await asStranger(folder, 'snapshots', '--store', `${place}/store`)).toEqual([
    1,
    expect.stringContaining('it belongs to another user'),
  ])
})

test('a user without a home folder, a shell or a name must be served', async () => {
  const folder = path.join(bed.folder, 'nameless')
  await mkdir(folder, { recursive: true })
  expect(await asStranger(folder, 'snapshots')).toEqual([
    0,
    expect.stringContaining('There are no snapshots in /.docker/vol/snapshots yet'),
  ])
})

test('--store, DOCKER_VOL_STORE and plugins.vol.store must choose the store, in this order', async () => {
  const stores = ['flag', 'environment', 'configured'].map((name) => path.join(bed.folder, `store-${name}`))
  const [flag = '', environment = '', configured = ''] = stores
  const settings = path.join(bed.configuration, 'config.json')
  await writeFile(settings, JSON.stringify({ plugins: { vol: { store: configured } } }))
  onTestFinished(() => writeFile(settings, '{}\n'))
  const chosen = { environment: { DOCKER_VOL_STORE: environment } }
  const [first, second, third] = [
    onlyReference(await bed.vol('snapshot', '-q', `--store=${flag}`, volume, chosen)),
    onlyReference(await bed.vol('snapshot', '-q', volume, chosen)),
    onlyReference(await bed.vol('snapshot', '-q', volume)),
  ]
  for (const [index, store] of stores.entries())
    expect(expectDone(await bed.vol('snapshots', '-q', `--store=${store}`)).trim()).toBe(
      [first, second, third][index],
    )
  expect(expectDone(await bed.vol('snapshots', '-q')).trim()).toBe(third)
  expect(await filesOf(flag)).toHaveProperty(['.', 'mode'], '700')
})

test('a broken config.json must be named', async () => {
  const settings = path.join(bed.configuration, 'config.json')
  await writeFile(settings, '{ "plugins": ')
  onTestFinished(() => writeFile(settings, '{}\n'))
  expectExit(await bed.vol('snapshots'), 1, settings)
})
