import { readFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { RunResult } from './running.ts'
import type { Scenario } from './scenario.ts'
import { startPlugin } from './standalone.ts'

/** How far a restore writes that it is, on its way from the old contents to the new and to an undo copy of the old. */
export const switchStates = ['staging', 'moving-old', 'moving-new', 'finishing', 'keeping'] as const
export type SwitchState = (typeof switchStates)[number] | 'moving-paths'

/**
 * Runs a restore or a clone and kills it, or the helper container, as soon as it has come to this state and then some
 * milliseconds. Says whether it got there before the command was over.
 */
export async function runKilledWhile(
  bed: Scenario,
  words: readonly string[],
  into: string,
  { state, wait, victim }: { state: SwitchState; wait: number; victim: 'plugin' | 'helper' },
): Promise<RunResult & { readonly killed: boolean }> {
  const folder = await mountpointOf(bed, into)
  const running = startPlugin(bed, words)
  let over = false
  void running.ended.finally(() => (over = true))
  let helper: number | undefined
  let killed = false
  while (!over && !killed) {
    const found = folder === undefined ? undefined : stateIn(folder)
    if (victim === 'helper' && found !== undefined) helper ??= await helperProcess(bed, into)
    if (found === state) {
      if (wait > 0) await sleep(wait)
      if (victim === 'plugin') running.kill('SIGKILL')
      else if (helper !== undefined) kill(helper)
      killed = victim === 'plugin' || helper !== undefined
    }
    // Without a pause, looking would take from the restore the processor that it needs.
    await sleep(1)
  }
  return { ...(await running.ended), killed }
}

/** The same, again if the command was over before, as it is when this machine stands still for a moment. */
export async function killWhile(
  bed: Scenario,
  words: () => readonly string[],
  into: string,
  how: { state: SwitchState; wait: number; victim: 'plugin' | 'helper' },
): Promise<void> {
  let last = await runKilledWhile(bed, words(), into, how)
  for (let again = 0; !last.killed && again < 2; again += 1)
    last = await runKilledWhile(bed, words(), into, { ...how, wait: 0 })
  expect(last.killed, last.stderr).toBe(true)
}

/** A volume that is still to be made will be where all others are. */
async function mountpointOf(bed: Scenario, volume: string): Promise<string | undefined> {
  const { exitCode } = await bed.tryDocker('volume', 'inspect', volume)
  if (exitCode === 0) return await bed.mountpoint(volume)
  const other = await bed.volume('neighbour')
  return (await bed.mountpoint(other)).replace(other, volume)
}

function stateIn(folder: string): string | undefined {
  try {
    return readFileSync(path.join(folder, '.docker-vol-restore', 'state'), 'utf8').trim()
  } catch {
    return undefined
  }
}

async function helperProcess(bed: Scenario, volume: string): Promise<number | undefined> {
  const name = `docker-vol-write-${volume}`
  const { stdout } = await bed.tryDocker('container', 'inspect', '--format', '{{.State.Pid}}', name)
  return Number(stdout) > 0 ? Number(stdout) : undefined
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself a moment ago.
  }
}
