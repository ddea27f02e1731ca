import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Helper, PipedScript, Script, ScriptResult } from '../../src/docker/docker.ts'
import { makePipe, openForReading, openForWriting, piped } from '../../src/docker/pipe.ts'

/**
 * A helper whose scripts run on this machine, with its shell, GNU tar and find, on the folders that stand for
 * volumes.
 */
export async function hostHelper(
  paths: ReadonlyMap<string, string>,
  signal: AbortSignal,
  closed: () => void,
): Promise<Helper> {
  const folder = await mkdtemp(path.join(tmpdir(), 'docker-vol-fake-helper-'))
  const children = new Set<ChildProcess>()
  let pipes = 0
  let closing: Promise<void> | undefined

  async function execute(script: Script): Promise<ScriptResult> {
    const child = spawn('/bin/sh', ['-c', script.text, 'sh', ...script.arguments], {
      cwd: '/',
      env: { LC_ALL: 'C', PATH: process.env['PATH'] },
      stdio: [script.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      // A group, so that what the shell has started ends with it.
      detached: true,
    })
    children.add(child)
    const said = { stdout: '', stderr: '' }
    child.stdout?.setEncoding('latin1').on('data', (text: string) => (said.stdout += text))
    child.stderr?.setEncoding('latin1').on('data', (text: string) => (said.stderr += text))
    const end = once(child, 'close')
    if (script.input !== undefined && child.stdin !== null)
      // A script need not read all that it is given.
      pipeline(Readable.from(script.input), child.stdin).catch(() => undefined)
    const [exitCode] = await end
    children.delete(child)
    signal.throwIfAborted()
    return { exitCode: typeof exitCode === 'number' ? exitCode : 137, ...said }
  }

  async function close(): Promise<void> {
    signal.removeEventListener('abort', abort)
    const ends = [...children].map((child) => once(child, 'close'))
    for (const { pid } of children) if (pid !== undefined) killGroup(pid)
    await Promise.all(ends)
    closed()
    await rm(folder, { recursive: true, force: true })
  }
  const abort = () => void (closing ??= close())
  signal.addEventListener('abort', abort)

  async function pipedScript(direction: '>' | '<', script: Script): Promise<PipedScript> {
    signal.throwIfAborted()
    const pipe = path.join(folder, `pipe-${(pipes += 1)}`)
    await makePipe(pipe)
    // Whoever opened it now would wait for ever: its folder is being removed.
    signal.throwIfAborted()
    const running = execute(redirected(direction, pipe, script))
    return await piped(pipe, running, direction === '>' ? openForReading(pipe) : openForWriting(pipe))
  }

  return {
    path: (mount) => paths.get(mount) ?? '/does-not-exist',
    async run(script) {
      signal.throwIfAborted()
      return await execute(script)
    },
    reading: (script) => pipedScript('>', script),
    writing: (script) => pipedScript('<', script),
    close: () => (closing ??= close()),
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has just ended by itself.
  }
}

/** The script takes its output or input to the pipe, as in the real helper. */
function redirected(direction: '>' | '<', pipe: string, script: Script): Script {
  return {
    ...script,
    text: `pipe=$1; shift; exec ${direction}"$pipe"\n${script.text}`,
    arguments: [pipe, ...script.arguments],
  }
}
