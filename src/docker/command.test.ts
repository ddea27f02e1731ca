import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { askDocker, dockerError, runDocker, tryDocker, type DockerCommand } from './command.ts'

describe('what docker says when it fails is told as what it means', () => {
  test.each([
    [
      'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?',
      'DAEMON_UNREACHABLE',
      6,
    ],
    [
      'error during connect: Get "http://x/v1.47/info": dial tcp: lookup x: no such host',
      'DAEMON_UNREACHABLE',
      6,
    ],
    [
      'failed to connect to the docker API at unix:///x.sock; check if the path is correct',
      'DAEMON_UNREACHABLE',
      6,
    ],
    [
      'permission denied while trying to connect to the Docker daemon socket at unix:///x',
      'DAEMON_UNREACHABLE',
      6,
    ],
    ['Current context "x" is not found on the file system: context not found', 'DAEMON_UNREACHABLE', 6],
    ['context "x" does not exist', 'DAEMON_UNREACHABLE', 6],
    ['Error response from daemon: write /var/lib/docker/x: no space left on device', 'NO_SPACE', 7],
    ['Error response from daemon: conflict: unable to remove x', 'DOCKER_FAILED', 1],
    ['', 'DOCKER_FAILED', 1],
  ])('%s', (stderr, code, exit) => {
    const error = dockerError(['volume', 'rm', 'x'], { exitCode: 1, stderr: `${stderr}\n` })
    expect(error).toMatchObject({ code, exit, output: stderr })
  })

  test.each(['ENOENT', 'EACCES'])('%s: there is no docker', (code) => {
    expect(dockerError([], { code, stderr: '' })).toMatchObject({ code: 'DOCKER_NOT_FOUND', exit: 6 })
  })

  test('the message names the command, and none of its arguments, which may be secrets', () => {
    const { message } = dockerError(['volume', 'create', '--opt=o=password=x'], { exitCode: 125, stderr: '' })
    expect(message).toBe('docker volume create failed with exit code 125.')
  })
})

/** A docker that is a script. */
async function docker(script: string, more: Partial<DockerCommand> = {}): Promise<DockerCommand> {
  const folder = await mkdtemp(path.join(tmpdir(), 'docker-vol-command-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const command = path.join(folder, 'docker')
  await writeFile(command, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return { command, globals: [], environment: process.env, signal: new AbortController().signal, ...more }
}

describe('a call of docker', () => {
  test('has the global flags first, and arguments as they are', async () => {
    const given = await docker(`printf '%s|' "$@"`, { globals: ['--context', 'a b'] })
    expect(await runDocker(given, ['ps', '$x', ''])).toBe('--context|a b|ps|$x||')
  })

  test('gets the environment that was given and no other, and does not take itself for the plugin’s parent', async () => {
    const environment = { PATH: process.env['PATH'], A: '1', B: undefined, DOCKER_CLI_PLUGIN_SOCKET: '@x' }
    const lines = (await runDocker(await docker('env', { environment }), [])).split('\n')
    expect(lines).toContain('A=1')
    expect(lines.filter((line) => /^(?:B|HOME|DOCKER_CLI_PLUGIN_SOCKET)=/.test(line))).toEqual([])
  })

  test('tells its command line to who debugs', async () => {
    const lines: string[] = []
    await runDocker(await docker(':', { trace: (line) => lines.push(line) }), ['ps', '-a b'])
    expect(lines).toEqual(['docker "ps" "-a b"'])
  })

  test('fails as docker does, and without what docker says when it debugs', async () => {
    const failing = await docker(`echo 'time="now" level=debug msg=x' >&2; echo why >&2; echo out; exit 4`)
    await expect(runDocker(failing, ['volume', 'ls'])).rejects.toMatchObject({
      code: 'DOCKER_FAILED',
      message: 'docker volume ls failed with exit code 4.',
      output: 'why',
    })
    expect(await tryDocker(failing, [])).toMatchObject({
      stdout: 'out\n',
      stderr: 'why\n',
      error: { code: 'DOCKER_FAILED' },
    })
  })

  test('that cannot be started says so', async () => {
    const missing = await docker('', { command: '/does/not/exist' })
    await expect(runDocker(missing, [])).rejects.toMatchObject({ code: 'DOCKER_NOT_FOUND' })
  })

  test('reads JSON, a value a line', async () => {
    expect(await askDocker(await docker(`printf '{"a":1}\\n\\n[2]\\n'`), [])).toEqual([{ a: 1 }, [2]])
  })

  test('ends when it is interrupted', async () => {
    const interrupt = new AbortController()
    const running = runDocker(await docker('exec sleep 600', { signal: interrupt.signal }), [])
    setTimeout(() => interrupt.abort(new Error('stop')), 300)
    await expect(running).rejects.toThrow('stop')
    await expect(runDocker(await docker(':', { signal: interrupt.signal }), [])).rejects.toThrow('stop')
  })
})
