/** The launcher, run by the shells that may be /bin/sh. */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { expect, test } from 'vitest'

const root = path.resolve(import.meta.dirname, '..', '..')
const shells = ['dash', 'bash', 'sh', 'busybox'].filter(
  (shell) => spawnSync(shell, ['-c', ':']).error === undefined,
)

/** An installed plugin in a directory with a space in its name, whose main.js says what it was given. */
function installed() {
  const home = mkdtempSync(path.join(tmpdir(), 'docker vol '))
  const product = path.join(home, 'a product')
  mkdirSync(path.join(product, 'bin'), { recursive: true })
  mkdirSync(path.join(product, 'dist'))
  for (const file of ['bin/docker-vol', 'plugin-metadata.json'])
    cpSync(path.join(root, file), path.join(product, file))
  const bin = path.join(home, 'path')
  mkdirSync(bin)
  const launcher = path.join(product, 'bin', 'docker-vol')
  writeFileSync(path.join(product, 'dist', 'main.js'), '')
  return { home, product, bin, launcher, known: path.join(home, '.cache', 'docker-vol', 'node') }
}

/** A stand-in for Node of a given version, which says with what it was called and as whom. */
function fakeNode(file: string, version: string): string {
  mkdirSync(path.dirname(file), { recursive: true })
  writeFileSync(
    file,
    `#!/bin/sh\necho "$*" >>"${file}.calls"\n[ "$1" = --version ] && { echo v${version}; exit; }\n` +
      `while [ "$1" != "\${1#--}" ]; do shift; done\nshift\nprintf '%s' "${version}:$$"; for word; do printf ' <%s>' "$word"; done; echo; exit 37\n`,
  )
  chmodSync(file, 0o755)
  return file
}

type Call = { readonly home: string; readonly bin: string }

function call(shell: string, launcher: string, args: readonly string[], { home, bin }: Call, more = {}) {
  const command = shell === 'busybox' ? ['busybox', 'sh'] : [shell]
  const [program = 'sh', ...first] = command
  // readlink, mkdir and printf must be found, but not the Node of the machine.
  for (const tool of ['readlink', 'mkdir', 'cat', shell]) {
    const found = execFileSync('sh', ['-c', `command -v ${tool}`])
      .toString()
      .trim()
    if (!existsSync(path.join(bin, tool))) symlinkSync(found, path.join(bin, tool))
  }
  const env = { HOME: home, PATH: bin, ...more }
  return spawnSync(program, [...first, launcher, ...args], { env, encoding: 'utf8' })
}

test.each(shells)('%s: the metadata is printed without Node', (shell) => {
  const place = installed()
  const { stdout, status } = call(shell, place.launcher, ['docker-cli-plugin-metadata'], place)
  expect(status).toBe(0)
  expect(stdout).toBe(readFileSync(path.join(root, 'plugin-metadata.json'), 'utf8'))
  expect(JSON.parse(stdout)).toMatchObject({ SchemaVersion: '0.1.0', Vendor: expect.stringMatching(/./) })
})

test('the metadata names the version of the package', () => {
  const { Version } = JSON.parse(readFileSync(path.join(root, 'plugin-metadata.json'), 'utf8'))
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  expect(Version).toBe(`v${version}`)
})

test.each(shells)(
  '%s: arguments and the exit code pass through untouched, through links with spaces',
  (shell) => {
    const place = installed()
    fakeNode(path.join(place.bin, 'node'), '24.1.0')
    const absolute = path.join(place.home, 'a link')
    symlinkSync(place.launcher, absolute)
    const relative = path.join(place.home, 'docker-vol')
    symlinkSync('a link', relative)
    for (const launcher of [place.launcher, absolute, relative]) {
      const { stdout, status } = call(shell, launcher, ['vol', 'a b', '', '*', '--x=$HOME'], place)
      expect(stdout).toMatch(/^24\.1\.0:\d+ <vol> <a b> <> <\*> <--x=\$HOME>\n$/)
      expect(status).toBe(37)
    }
  },
)

test('Node takes the place of the shell, so that signals reach it', () => {
  const place = installed()
  fakeNode(path.join(place.bin, 'node'), '24.1.0')
  const { stdout, pid } = call('sh', place.launcher, [], place)
  expect(stdout).toBe(`24.1.0:${pid}\n`)
})

test.each([
  ['20.20.2', false],
  ['22.17.1', false],
  ['22.18.0', true],
  ['22.23.3', true],
  ['23.0.0', true],
  ['24.21.0', true],
  ['26.0.0', true],
  ['100.0.0', true],
])('Node %s is good enough: %s', (version, good) => {
  const place = installed()
  fakeNode(path.join(place.bin, 'node'), version)
  fakeNode(path.join(place.product, 'node_modules', 'node', 'bin', 'node'), '24.9.9')
  expect(call('sh', place.launcher, [], place).stdout.split(':')[0]).toBe(good ? version : '24.9.9')
})

test('the Node that was found is asked for its version once only', () => {
  const place = installed()
  const old = fakeNode(path.join(place.bin, 'node'), '20.0.0')
  const good = fakeNode(path.join(place.home, '.nvm', 'versions', 'node', 'v24', 'bin', 'node'), '24.1.0')
  // Otherwise the machine's own Node might be found first.
  fakeNode(path.join(place.product, 'node_modules', 'node', 'bin', 'node'), '24.2.0')
  const first = call('sh', place.launcher, ['x'], place)
  const second = call('sh', place.launcher, ['x'], place)
  expect(first.stdout.split(':')[0]).toBe('24.2.0')
  expect(second.stdout.split(':')[0]).toBe('24.2.0')
  expect(readFileSync(`${old}.calls`, 'utf8')).toBe('--version\n')
  expect(existsSync(`${good}.calls`)).toBe(false)
  expect(readFileSync(place.known, 'utf8')).toBe(`${place.product}/bin/../node_modules/node/bin/node\n`)
})

test('a Node that was replaced or removed since is looked for again', () => {
  const place = installed()
  const node = fakeNode(path.join(place.bin, 'node'), '24.1.0')
  call('sh', place.launcher, [], place)
  fakeNode(node, '20.0.0')
  const later = new Date(Date.now() + 60_000)
  utimesSync(node, later, later)
  fakeNode(path.join(place.product, 'node_modules', 'node', 'bin', 'node'), '24.9.9')
  expect(call('sh', place.launcher, [], place).stdout.split(':')[0]).toBe('24.9.9')
})

test('a home that cannot be written does no harm', () => {
  const place = installed()
  fakeNode(path.join(place.bin, 'node'), '24.1.0')
  const { stdout, stderr } = call('sh', place.launcher, [], place, {
    HOME: '/dev/null',
    XDG_CACHE_HOME: '/dev/null',
  })
  expect(stdout.split(':')[0]).toBe('24.1.0')
  expect(stderr).toBe('')
})

test('DOCKER_VOL_NODE is taken as it is', () => {
  const place = installed()
  fakeNode(path.join(place.bin, 'node'), '24.1.0')
  const node = fakeNode(path.join(place.home, 'my node'), '25.0.0')
  const { stdout } = call('sh', place.launcher, [], place, { DOCKER_VOL_NODE: node })
  expect(stdout.split(':')[0]).toBe('25.0.0')
  expect(existsSync(place.known)).toBe(false)
})

test('what is not built yet says so in one sentence', () => {
  const place = installed()
  const { status, stderr } = call('sh', path.join(place.product, 'bin', 'docker-vol'), ['vol'], {
    ...place,
    bin: place.bin,
  })
  expect(status).not.toBe(127)
  expect(stderr.trimEnd().split('\n').length).toBeLessThan(2)
})
