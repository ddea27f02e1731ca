import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Running, RunResult } from './running.ts'

/** How a command ended, and the most memory that the plugin's own process (not docker's) ever held, in bytes. */
export type Measured = RunResult & { readonly peak: number }

/** Watches the plugin that a docker command has started until it ends. */
export async function measured(running: Running): Promise<Measured> {
  let peak = 0
  let ended = false
  const result = running.ended.finally(() => (ended = true))
  result.catch(() => undefined)
  while (!ended) {
    // The kernel keeps the highest value, so only what grows in the last moments could be missed.
    for (const pid of await childrenOf(running.pid)) peak = Math.max(peak, await highWaterMark(pid))
    await Promise.race([result, sleep(20)])
  }
  if (peak === 0) throw new Error('the plugin was never seen')
  return { ...(await result), peak }
}

async function highWaterMark(pid: string): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  if (!/^Name:\t(?:node|MainThread)/m.test(status)) return 0
  return 1024 * Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0)
}

/** docker is a Go program, and any of its threads may have started the plugin. */
async function childrenOf(pid: number): Promise<string[]> {
  const found: string[] = []
  for (const thread of await readdir(`/proc/${pid}/task`).catch(() => []))
    found.push(
      ...(await readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => ''))
        .split(' ')
        .filter(Boolean),
    )
  return found
}
