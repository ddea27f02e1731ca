/** The process edge with real processes: signals, pipes that close, the end of the process. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

import { expect, onTestFinished, test } from 'vitest'

const main = path.join(import.meta.dirname, 'fixture', 'src', 'main.ts')

type Running = {
  readonly child: ChildProcess
  readonly said: () => { stdout: string; stderr: string }
  readonly until: (text: string) => Promise<void>
  readonly ended: Promise<number | string>
}

function start(args: readonly string[], environment: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, [main, ...args], { env: { ...process.env, ...environment } })
  onTestFinished(() => void child.kill('SIGKILL'))
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', (chunk: Buffer) => {
    said.stdout += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    said.stderr += chunk.toString()
  })
  const ended = new Promise<number | string>((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'nothing'))
  })
  const until = async (text: string) => {
    while (!said.stderr.includes(text)) await delay(10)
  }
  return { child, said: () => said, until, ended }
}

function shell(script: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn('sh', ['-c', script, 'sh', process.execPath, main])
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString()
  })
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }))
  })
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  '%s lets the command clean up, then exits 130',
  async (signal) => {
    const { child, until, ended, said } = start(['vol', 'wait'])
    await until('waiting')
    child.kill(signal)
    expect(await ended).toBe(130)
    expect(said().stderr).toBe('waiting\ntold\ncleaned up\nInterrupted.\n')
  },
)

test('two signals at once tell the command once', async () => {
  const { child, until, ended, said } = start(['vol', 'wait'])
  await until('waiting')
  child.kill('SIGINT')
  child.kill('SIGTERM')
  expect(await ended).toBe(130)
  expect(said().stderr.match(/told/g)).toHaveLength(1)
})

test('the third signal ends a command that does not listen', async () => {
  const { child, until, ended } = start(['vol', 'wait', '--deaf'])
  await until('waiting')
  for (let count = 0; count < 3; count++) {
    child.kill('SIGINT')
    await delay(50)
  }
  expect(await ended).toBe(130)
})

test.each(['path', 'abstract'])(
  'the end of docker, told by a socket (%s), stops the command',
  async (kind) => {
    const name = path.join(mkdtempSync(path.join(tmpdir(), 'docker-vol-socket-')), 's')
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(kind === 'path' ? name : `\0${name}`, resolve))
    const connected = new Promise<void>((resolve) => {
      server.on('connection', (socket) => {
        void delay(300).then(() => {
          socket.destroy()
          server.close()
          resolve()
        })
      })
    })
    const address = kind === 'path' ? name : `@${name}`
    const { ended, said } = start(['vol', 'wait'], { DOCKER_CLI_PLUGIN_SOCKET: address })
    await connected
    expect(await ended).toBe(130)
    expect(said().stderr).toContain('cleaned up')
  },
)

test('a socket that stays open does not keep the process', async () => {
  const name = path.join(mkdtempSync(path.join(tmpdir(), 'docker-vol-socket-')), 's')
  const server = createServer().listen(name)
  onTestFinished(() => void server.close())
  const { ended } = start(['vol', '--version'], { DOCKER_CLI_PLUGIN_SOCKET: name })
  expect(await ended).toBe(0)
})

test('a socket that is not there is no error', async () => {
  const { ended, said } = start(['vol', '--version'], { DOCKER_CLI_PLUGIN_SOCKET: '@docker_cli_gone' })
  expect(await ended).toBe(0)
  expect(said()).toEqual({ stdout: 'docker vol version 9.9.9\n', stderr: '' })
})

test('a reader that goes away ends the command without a word and without a failure', async () => {
  const { stdout, stderr } = await shell('{ "$1" "$2" vol big; echo "exit $?" >&2; } | head -n 1')
  expect(stdout).toBe(`${'x'.repeat(99)}\n`)
  expect(stderr).toBe('exit 0\n')
})

test('a slow reader gets everything', async () => {
  const { stdout } = await shell('"$1" "$2" vol big | { sleep 1; head -c 1000 >/dev/null; sleep 1; wc -c; }')
  // `head` may take a whole block from the pipe.
  expect(Number(stdout)).toBeGreaterThan(30_000_000 - 1_000_000)
  const whole = await shell('"$1" "$2" vol big | { sleep 1; wc -c; }')
  expect(Number(whole.stdout)).toBe(30_000_000)
})

test('output that cannot be written is a failure', async () => {
  const { code, stderr } = await shell('"$1" "$2" vol big >/dev/full')
  expect(code).toBe(7)
  expect(stderr).toContain('ENOSPC')
})

test('stderr that nobody reads does no harm', async () => {
  const { stdout } = await shell('{ "$1" "$2" vol nope; echo "exit $?"; } 2>&-')
  expect(stdout).toBe('exit 2\n')
})

test('a worker or a child that is left does not keep the process', async () => {
  const begun = performance.now()
  const { ended, said } = start(['vol', 'stuck'])
  expect(await ended).toBe(0)
  expect(said().stdout).toBe('result\n')
  expect(performance.now() - begun).toBeLessThan(10_000)
})

test.each([
  [['vol', 'broken', 'a', '--nope'], 'unknown flag: --nope'],
  [['vol', 'broken', 'a', '--quit'], 'unknown flag: --quit\n\nDid you mean --quiet?'],
  [['vol', 'broken', 'a', '-z'], "unknown shorthand flag: 'z' in -z"],
  [['vol', 'broken'], "docker: 'docker vol broken' requires at least 1 argument"],
  [['vol', 'broken', 'a', '--format'], 'flag needs an argument: --format'],
  [
    ['vol', 'broken', 'a', '--format', 'x'],
    'invalid argument "x" for "--format" flag: must be one of table, json',
  ],
  [['vol', 'broken', 'a', '--format', '{{.Name}}'], 'templates are not supported'],
  [['vol', 'broken', 'a', '-n', 'x'], 'invalid argument "x" for "--count" flag: must be an integer'],
])('docker %j is answered as docker answers, with exit code 2', async (args, mistake) => {
  const { ended, said } = start(args)
  expect(await ended).toBe(2)
  expect(said().stdout).toBe('')
  expect(said().stderr).toContain(mistake)
  expect(said().stderr).toMatch(
    /\n\nUsage: {2}docker vol broken \[OPTIONS\] VOLUME \[VOLUME\.\.\.\]\n\nRun 'docker vol broken --help' for more information\n$/,
  )
})

test('a missing argument is not read from a pipe', async () => {
  const { code, stderr } = await shell('echo pgdata | "$1" "$2" vol broken')
  expect(code).toBe(2)
  expect(stderr).toContain('requires at least 1 argument')
})

test('a filter does not swallow the argument after it, and --quiet=false is no argument', async () => {
  const { ended, said } = start([
    'vol',
    'broken',
    '-f',
    'a=b',
    '--filter',
    'c=d',
    'V1',
    '--quiet=false',
    'V2',
  ])
  expect(await ended).toBe(1)
  expect(said().stderr).toContain('"args":{"volume":["V1","V2"]}')
  expect(said().stderr).toContain('"filter":["a=b","c=d"]')
  expect(said().stderr).not.toContain('"quiet":true')
})

test('a bug is said to be one, and shows where only with -D', async () => {
  const short = start(['vol', 'broken', 'a'])
  expect(await short.ended).toBe(1)
  expect(short.said().stderr).toContain('This is a bug in docker vol 9.9.9.')
  expect(short.said().stderr).not.toContain('broken.ts')
  for (const args of [
    ['-D', 'vol', 'broken', 'a'],
    ['vol', 'broken', 'a', '-D'],
  ]) {
    const long = start(args)
    expect(await long.ended).toBe(1)
    expect(long.said().stderr).toContain('broken.ts')
  }
})

test.each([[[]], [['--quietly']]])(
  'an error that escapes stops the command, which cleans up %j',
  async (flags) => {
    const { ended, said } = start(['vol', 'stray', ...flags])
    expect(await ended).toBe(1)
    expect(said().stderr).toMatch(/^cleaned up\nError: stray\n\nThis is a bug in docker vol/)
  },
)
