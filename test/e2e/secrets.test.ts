/** What must not be told to anybody: secrets of volumes and containers, and what the store holds. */
import { chmod, lstat, mkdir, readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, expect, inject, test } from 'vitest'
import { expectDone, onlyReference } from './checks.ts'
import { fillWithOddTree } from './odd-tree.ts'
import { start, type RunResult } from './running.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('secrets')
/** Stands in every secret, so that each can be looked for. */
const canary = `canary${inject('runId')}`
let volume: string
let optioned: string
let consumer: string

beforeAll(async () => {
  volume = await bed.volume('plain')
  await fillWithOddTree(await bed.mountpoint(volume), 'one')
  // Options are passed to mount(2) as they are; ext4 would refuse these, a bind takes what it does not know.
  const device = path.join(bed.folder, 'device')
  await mkdir(device)
  optioned = await bed.volume('optioned', {
    options: {
      type: 'tmpfs',
      device: `//user:${canary}-device@host/share?token=${canary}-query`,
      o: `size=9m,uid=7`,
    },
  })
  consumer = await bed.container({
    volumes: { [volume]: '/data', [optioned]: '/other' },
    environment: {
      POSTGRES_PASSWORD: `${canary}-environment`,
      DATABASE_URL: `postgres://u:${canary}-url@db/x`,
    },
    labels: { 'com.example.password': `${canary}-label` },
    command: ['sh', '-c', `sleep infinity; : ${canary}-command`],
    more: [`--health-cmd=true ${canary}-health`],
  })
  await bed.docker('stop', consumer)
})

/** Looks at every process of this machine while a command runs, and at the helpers that it starts. */
async function watched(
  running: Promise<RunResult>,
): Promise<{ readonly result: RunResult; readonly seen: Seen }> {
  const seen: Seen = { commandLines: new Set(), environments: new Set(), helpers: new Set() }
  let over = false
  const result = running.finally(() => (over = true))
  const processes = (async () => {
    while (!over) {
      for (const pid of await readdir('/proc')) if (/^\d+$/.test(pid)) await lookAt(pid, seen)
      await sleep(5)
    }
  })()
  while (!over) {
    const filter = ['--filter', 'label=docker-vol.operation', '--filter', `name=${bed.prefix}`]
    const { stdout } = await bed.tryDocker('ps', '--all', '--quiet', ...filter)
    const ids = stdout.split('\n').filter(Boolean)
    if (ids.length > 0) seen.helpers.add((await bed.tryDocker('container', 'inspect', ...ids)).stdout)
  }
  await processes
  return { result: await result, seen }
}

type Seen = {
  readonly commandLines: Set<string>
  readonly environments: Set<string>
  readonly helpers: Set<string>
}

async function lookAt(pid: string, seen: Seen): Promise<void> {
  const read = async (file: string) => await readFile(`/proc/${pid}/${file}`, 'latin1').catch(() => '')
  const commandLine = await read('cmdline')
  // The container that holds the secret is not ours, and neither is what the tests start.
  if (commandLine.includes(`${canary}-command`) || commandLine.includes('vitest')) return
  seen.commandLines.add(commandLine)
  if (commandLine.includes('docker-vol') || commandLine.includes('dist/main.js'))
    seen.environments.add(await read('environ'))
}

async function expectNoCanary(result: RunResult, seen: Seen): Promise<void> {
  expect(seen.commandLines.size).toBeGreaterThan(3)
  expect([...seen.commandLines].some((line) => line.includes('docker-vol-'))).toBe(true)
  expect([...seen.environments].some((line) => line.includes('DOCKER_CONFIG'))).toBe(true)
  expect([...seen.helpers].join('')).toContain('docker-vol.operation')
  for (const texts of [seen.commandLines, seen.environments, seen.helpers])
    for (const text of texts) expect(text).not.toContain(canary)
  expect(result.stdout).not.toContain(canary)
  expect(result.stderr).not.toContain(canary)
}

test('a secret of a container or of a volume is told to nobody and stored nowhere', async () => {
  for (const words of [
    ['snapshot', '-D', volume],
    ['clone', '-D', volume, bed.name('copy')],
    ['restore', '-D', '--yes', `${volume}@latest`],
    ['restore', '-D', '--into', bed.name('other'), `${volume}@latest`],
    ['doctor', '-D'],
  ]) {
    const { result, seen } = await watched(bed.vol(...words))
    expectDone(result)
    expect(result.stderr).toContain('docker "')
    if (words[0] === 'doctor') expect(result.stderr + result.stdout).not.toContain(canary)
    else await expectNoCanary(result, seen)
  }
  for (const words of [
    ['ls', '-D'],
    ['ls', '-D', '--format', 'json'],
    ['show', `${volume}@latest`],
    ['snapshots', '--format', 'json'],
  ]) {
    const { stdout, stderr } = await bed.vol(...words)
    expect(stdout + stderr).not.toContain(canary)
  }
  await expectNotInStore(canary)
})

test('secrets in the options of a volume are left out of its snapshot, and a restore says so', async () => {
  const made = await bed.volume('cifs', {
    options: {
      type: 'cifs',
      device: '//host/share',
      o: `addr=host,username=u%${canary}-user,password=${canary}-option`,
    },
  })
  const { result, seen } = await watched(bed.vol('snapshot', '-D', made))
  // No such server: what is said of that must not quote the options either.
  expect(result.exitCode).not.toBe(0)
  expect(result.stderr).not.toContain(canary)
  for (const line of seen.commandLines) expect(line).not.toContain(canary)
  await expectNotInStore(canary)
  const reference = onlyReference(await bed.vol('snapshot', '-q', optioned))
  const shown = expectDone(await bed.vol('show', reference))
  expect(shown).not.toContain(canary)
  expect(JSON.parse(shown)).toMatchObject([{ Config: { volume: { redactedOptions: ['device'] } } }])
  await expectNotInStore(canary)
  await bed.docker('rm', consumer)
  await bed.docker('volume', 'rm', optioned)
  const refused = await bed.vol('restore', reference)
  expect(refused.exitCode, refused.stderr).toBe(5)
  expect(refused.stderr).toContain('docker volume create')
})

async function expectNotInStore(text: string): Promise<void> {
  const files = await filesBelow(path.dirname(bed.store))
  expect(files.length).toBeGreaterThan(3)
  for (const file of files) expect((await readFile(file)).includes(text), file).toBe(false)
  // Layers are compressed; what is in them is the volume's own.
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name))
}

test('nobody else gets into the store, whatever the umask', async () => {
  const store = path.join(bed.folder, 'open', 'snapshots')
  await mkdir(path.dirname(store))
  await chmod(path.dirname(store), 0o777)
  const line = 'umask 000; exec "$@"'
  const words = ['-c', line, 'sh', inject('bed').docker, 'vol']
  const run = async (...more: readonly string[]) =>
    await start('sh', [...words, ...more, '--store', store], bed.environment).ended
  const reference = onlyReference(await run('snapshot', '-q', volume))
  expectDone(await run('restore', '--yes', reference))
  for (const root of [store, path.join(bed.configuration, 'vol', 'journal')]) {
    for (const entry of ['.', ...(await readdir(root, { recursive: true }))]) {
      const { mode } = await lstat(path.join(root, entry))
      expect((mode & 0o7777).toString(8), path.join(root, entry)).toMatch(/^[67]00$/)
    }
  }
  const archive = path.join(bed.folder, 'open', 'volume.tar')
  const { exitCode, stderr } = await start(
    'sh',
    [...words, 'snapshot', '--output', archive, volume],
    bed.environment,
  ).ended
  expect(exitCode, stderr).toBe(0)
  expect(((await lstat(archive)).mode & 0o7777).toString(8)).toBe('600')
})
