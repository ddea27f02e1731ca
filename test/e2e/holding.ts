/** Starts the program that holds containers (`hold.ts`), and looks at what it leaves. */
import { readdir } from 'node:fs/promises'
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
  const folder = path.join(bed.configuration, 'vol', 'journal')
  const entries = async () => (await readdir(folder).catch(() => [])).filter((name) => name.includes('@'))
  await expect.poll(entries, { timeout: milliseconds, interval: 50 }).toEqual([])
}
