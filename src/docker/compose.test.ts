import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { resolveWithCompose } from './compose.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'docker-vol-compose-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Asks a docker that is a shell script. */
async function ask(script: string) {
  const command = path.join(folder, 'docker')
  writeFileSync(command, `#!/bin/sh\n${script}\n`)
  chmodSync(command, 0o755)
  const docker = { command, globals: [], environment: process.env, signal: new AbortController().signal }
  const request = { files: ['-'], input: 'services: {}\n', projectDirectory: folder, environmentFiles: [] }
  return await resolveWithCompose(docker, request)
}

test('a Compose that takes too long must be ended, with all that it started', async () => {
  const pid = path.join(folder, 'pid')
  const answer = await ask(`sleep 600 & echo $! > ${pid}; wait`)
  expect(answer).toEqual({ refused: 'it took too long or printed too much' })
  const child = Number(readFileSync(pid, 'utf8'))
  await expect.poll(() => isRunning(child), { timeout: 10_000 }).toBe(false)
})

test('the project on standard input must reach Compose, and its model come back', async () => {
  expect(await ask(`read line; printf '{"line":"%s"}' "$line"`)).toEqual({ model: { line: 'services: {}' } })
})

test('a docker without Compose must be told from a project that it refuses', async () => {
  expect(await ask('echo "docker: unknown command: docker compose" >&2; exit 1')).toEqual({ absent: true })
  expect(
    await ask('echo \'time="x" level=warning msg="no"\' >&2; echo "service a is wrong" >&2; exit 15'),
  ).toEqual({ refused: 'service a is wrong' })
})

/** A process that ended and that nobody has asked about is none. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
