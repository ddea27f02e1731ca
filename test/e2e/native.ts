/** How scenarios take native snapshots, and look at what came of them. */
import path from 'node:path'
import process from 'node:process'
import { expect, inject } from 'vitest'
import type { SnapshotConfig } from '../../src/snapshots/format.ts'
import { expectDone } from './checks.ts'
import { start, type Running, type RunOptions } from './running.ts'
import type { Scenario } from './scenario.ts'

/** What `native-snapshot.ts` printed: a snapshot, why there can be none, or what failed. */
export type NativeAnswer = {
  readonly reference?: string
  readonly config?: SnapshotConfig
  readonly why?: string
  readonly code?: string
  readonly message?: string
  readonly output?: string
}

/** Starts a native snapshot. It says `possible`, then `done N` on standard error as bytes arrive. */
export function startNative(bed: Scenario, volume: string, options: RunOptions = {}): Running {
  const program = path.join(import.meta.dirname, 'native-snapshot.ts')
  const { docker } = inject('bed')
  const words = [program, docker, bed.configuration, bed.images.debian, volume]
  return start(process.execPath, words, bed.environment, options)
}

/** Takes a native snapshot to its end, however that is. */
export async function takeNative(
  bed: Scenario,
  volume: string,
  options: RunOptions = {},
): Promise<NativeAnswer & { readonly exitCode: number }> {
  const { exitCode, stdout, stderr } = await startNative(bed, volume, options).ended
  if (stdout === '') throw new Error(stderr)
  const answer: NativeAnswer = JSON.parse(stdout)
  return { ...answer, exitCode }
}

/** The references of the snapshots that are listed of a volume. */
export async function snapshotsOf(bed: Scenario, volume: string): Promise<string[]> {
  const listed = expectDone(await bed.vol('snapshots', '--quiet')).split('\n')
  return listed.filter((reference) => reference.startsWith(`${volume}@`))
}

/** Takes a native snapshot, which must come to be, proves it whole, and restores it into a volume of its own. */
export async function takeAndRestore(
  bed: Scenario,
  volume: string,
): Promise<{ readonly config: SnapshotConfig; readonly restored: string; readonly reference: string }> {
  const answer = await takeNative(bed, volume)
  const { reference = '', config } = answer
  if (config === undefined) throw new Error(JSON.stringify(answer))
  expect(config.consistency.method).toBe('native')
  expectDone(await bed.vol('verify', '--quiet', reference))
  const restored = await bed.volume('restored')
  expectDone(await bed.vol('restore', '--yes', '--into', restored, reference))
  return { config, restored, reference }
}
