/** The built plugin behind the real docker command line. No engine is needed. */
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { beforeAll, expect, test } from 'vitest'

const root = path.resolve(import.meta.dirname, '..', '..')
const home = mkdtempSync(path.join(tmpdir(), 'docker-vol-plugin-'))
/** Built elsewhere, without node_modules: what runs must need none. */
const product = path.join(home, 'product')
const plugin = path.join(home, 'config', 'cli-plugins', 'docker-vol')

const environment: NodeJS.ProcessEnv = {
  ...process.env,
  HOME: home,
  DOCKER_CONFIG: path.join(home, 'config'),
  DOCKER_HOST: `unix://${home}/no-engine.sock`,
  DOCKER_VOL_NODE: process.execPath,
}

beforeAll(() => {
  execFileSync(process.execPath, ['scripts/build.ts', product], { cwd: root })
  mkdirSync(path.dirname(plugin), { recursive: true })
  symlinkSync(path.join(product, 'bin', 'docker-vol'), plugin)
}, 60_000)

function docker(...args: string[]) {
  const { status, stdout, stderr } = spawnSync('docker', args, { env: environment, encoding: 'utf8' })
  return { status, stdout, stderr }
}

test('docker lists the plugin', () => {
  expect(docker('--help').stdout).toMatch(/\n {2}vol\*? +Snapshot, restore and verify the data in volumes\n/)
  expect(docker('info').stderr).not.toContain('is not valid')
})

test('help is the same in all its ways, byte for byte', () => {
  const help = docker('vol', '--help')
  expect(help).toMatchObject({ status: 0, stderr: '' })
  expect(help.stdout).toMatch(/^Usage: {2}docker vol COMMAND\n/)
  for (const args of [
    ['vol'],
    ['help', 'vol'],
    ['--help', 'vol'],
    ['vol', 'help'],
    ['--context', 'default', 'vol', '-h'],
  ]) {
    expect(docker(...args).stdout).toBe(help.stdout)
  }
  const standalone = spawnSync(plugin, ['--help'], { env: environment, encoding: 'utf8' })
  expect(standalone.stdout).toBe(help.stdout)
  expect(docker('help', 'vol', 'version').stdout).toBe(docker('vol', 'version', '--help').stdout)
})

test('a command runs end to end, and global flags reach the docker that it calls', () => {
  const { status, stdout } = docker('vol', 'version', '--format', 'json')
  expect(status).toBe(0)
  const clientVersion = docker('version', '--format', '{{.Client.Version}}').stdout.trim()
  expect(JSON.parse(stdout)).toMatchObject({ Client: { Version: clientVersion }, Server: null })
  const traced = docker('-D', '-H', 'unix:///nowhere.sock', 'vol', 'version')
  expect(traced.stderr).toContain('docker "-D" "-H" "unix:///nowhere.sock" "version"')
  expect(traced.stdout).toContain('unix:///nowhere.sock')
})

test('an unknown command has docker’s words and exit code 2', () => {
  expect(docker('vol', 'nope')).toMatchObject({
    status: 2,
    stdout: '',
    stderr: expect.stringMatching(
      /^docker: unknown command: docker vol nope\n\nUsage: {2}docker vol COMMAND\n/,
    ),
  })
})

test('completion goes through docker, and never calls itself', () => {
  expect(docker('__complete', 'vo').stdout).toContain('vol\t')
  expect(docker('__complete', 'vol', 'vers').stdout).toMatch(/^version\t.*\n:4\n$/)
  expect(docker('__completeNoDesc', 'vol', 'version', '--format', '').stdout).toBe('table\njson\n:4\n')
  // The old bash script calls the file itself, without our name.
  const direct = spawnSync(plugin, ['__completeNoDesc', 'vers'], { env: environment, encoding: 'utf8' })
  expect(direct.stdout).toBe('version\n:4\n')
})

test('docker -v vol prints our version', () => {
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
  expect(docker('-v', 'vol').stdout).toBe(`docker vol version ${version}\n`)
})

test('a Node that has become too old is left for another, with arguments, output and exit code', () => {
  // A shim may give another Node in another directory: it was new enough when it was remembered.
  const shim = path.join(home, 'shim')
  const old = 'data:text/javascript,Object.defineProperty(process.versions,"node",{value:"20.20.2"})'
  writeFileSync(shim, `#!/bin/sh\nexec "${process.execPath}" --import '${old}' "$@"\n`, { mode: 0o755 })
  const known = path.join(home, '.cache', 'docker-vol', 'node')
  mkdirSync(path.dirname(known), { recursive: true })
  writeFileSync(known, `${shim}\n`)
  const { DOCKER_VOL_NODE: _, ...rest } = environment
  const env = { ...rest, PATH: `${path.dirname(process.execPath)}:${environment['PATH']}` }
  const result = spawnSync(plugin, ['vol', 'nope nope'], { env, encoding: 'utf8' })
  expect(result).toMatchObject({ status: 2, stderr: expect.stringContaining('docker vol nope nope\n') })
  expect(readFileSync(known, 'utf8')).toBe(`${process.execPath}\n`)
  const asked = { ...env, DOCKER_VOL_NODE: shim }
  const refused = spawnSync(plugin, ['vol'], { env: asked, encoding: 'utf8' })
  expect(refused.status).toBe(1)
  expect(refused.stderr).toMatch(/^docker vol: .* is Node 20\.20\.2, but 22\.18 or later is needed/)
})

test('a docker that is told to stop stops us, and passes our exit code on', async () => {
  // The stand-in engine accepts and never answers, so that `docker version` inside waits.
  const { createServer } = await import('node:net')
  const engine = createServer(() => {})
  const socket = path.join(home, 'silent.sock')
  await new Promise<void>((resolve) => engine.listen(socket, resolve))
  const child = spawn('docker', ['-D', 'vol', 'version'], {
    env: { ...environment, DOCKER_HOST: `unix://${socket}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  while (!stderr.includes('"version"')) await delay(20)
  await delay(300)
  child.kill('SIGTERM')
  expect(await ended).toBe(130)
  expect(stderr).toContain('Interrupted.')
  engine.close()
})
