/** Starts the program that holds containers (`hold.ts`), and looks at what it leaves. */
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { expect, inject } from 'vitest'
import type { HoldOrder } from './hold.ts'
import { start, type Running, type RunOptions } from './running.ts'
import type { Scenario } from './scenario.ts'

/** Holds what can write the volumes. Its process is the one that a test kills. */
export function startHold(bed: Scenario, order: HoldOrder, options: RunOptions = {}): Running {
  const program = path.join(import.meta.dirname, 'hold.ts')
  const args = [program, options.environment?.['SHIM_DOCKER'] === undefined ? inject('bed').docker : 'docker']
  return start(
    process.execPath,
    [...args, bed.configuration, JSON.stringify(order)],
    bed.environment,
    options,
  )
}

/** Waits until the journal is empty, as long as the promise allows. */
export async function expectReleased(bed: Scenario, milliseconds = 5000): Promise<void> {
  const entries = () => journalOf(bed)
  await expect.poll(entries, { timeout: milliseconds, interval: 50 }).toEqual([])
}

/** What the journal has, by the names of its files. */
export async function journalOf(bed: Scenario): Promise<readonly string[]> {
  const names = await readdir(path.join(bed.configuration, 'vol', 'journal')).catch(() => [])
  return names.filter((name) => name.includes('@'))
}

/** The process that watches over a hold. */
export async function watchdogOf(running: Running): Promise<number> {
  for (const thread of await readdir(`/proc/${running.pid}/task`)) {
    const children = await readFile(`/proc/${running.pid}/task/${thread}/children`, 'utf8').catch(() => '')
    for (const pid of children.split(' ').filter(Boolean).map(Number)) {
      const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
      if (words.includes('watchdog')) return pid
    }
  }
  throw new Error('it has no watchdog')
}

/** Names of containers with how each is, sorted. */
export async function statesByName(bed: Scenario, ...filter: readonly string[]): Promise<readonly string[]> {
  const format = ['--format', '{{.Names}} {{.State}}']
  const { stdout } = await bed.docker('ps', '--all', ...format, ...filter.map((each) => `--filter=${each}`))
  return stdout.split('\n').filter(Boolean).toSorted()
}
