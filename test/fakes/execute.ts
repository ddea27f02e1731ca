import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import type { ContainerScript, PipedScript, ScriptResult } from '../../src/docker/docker.ts'
import { makePipe, openForReading, piped } from '../../src/docker/pipe.ts'

/** Runs a script for a container that stands for this machine. Its standard input ends with the signal. */
export async function hostExecute(
  {
    text,
    arguments: args,
    output,
  }: Pick<ContainerScript, 'text' | 'arguments'> & { readonly output?: number },
  signal: AbortSignal,
  leash?: AbortSignal,
): Promise<ScriptResult> {
  signal.throwIfAborted()
  const child = spawn('/bin/sh', ['-c', text, 'sh', ...args], {
    cwd: '/',
    env: { LC_ALL: 'C', PATH: process.env['PATH'] },
    stdio: ['pipe', output ?? 'pipe', 'pipe'],
  })
  const said = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('latin1').on('data', (more: string) => (said.stdout += more))
  child.stderr?.setEncoding('latin1').on('data', (more: string) => (said.stderr += more))
  child.stdin?.on('error', () => undefined)
  const letGo = () => void child.stdin?.end()
  for (const each of [signal, leash]) each?.addEventListener('abort', letGo)
  const [exitCode] = await once(child, 'close')
  for (const each of [signal, leash]) each?.removeEventListener('abort', letGo)
  signal.throwIfAborted()
  return { exitCode: typeof exitCode === 'number' ? exitCode : 137, ...said }
}

/** The same with its standard output in a pipe. */
export async function hostExecuteReading(script: ContainerScript, signal: AbortSignal): Promise<PipedScript> {
  const folder = await mkdtemp(path.join(tmpdir(), 'docker-vol-fake-execute-'))
  const pipe = path.join(folder, 'pipe')
  await makePipe(pipe)
  const leash = new AbortController()
  const text = `pipe=$1; shift; exec >"$pipe"\n${script.text}`
  const running = hostExecute({ text, arguments: [pipe, ...script.arguments] }, signal, leash.signal)
  running.catch(() => undefined).finally(() => void rm(folder, { recursive: true, force: true }))
  const underWay = await piped(pipe, running, openForReading(pipe))
  return {
    ...underWay,
    wake() {
      leash.abort()
      underWay.wake()
    },
  }
}
