/** What many scenarios assert. Each fails with what it saw. */
import { expect } from 'vitest'
import type { Listing } from './listing.ts'
import type { RunResult } from './running.ts'
import type { Scenario } from './scenario.ts'

/** The command did what was asked; returns its stdout. */
export function expectDone(result: RunResult): string {
  expect(result.exitCode, result.stderr).toBe(0)
  return result.stdout
}

/** The command failed with this exit code, and said why on stderr and nothing on stdout. */
export function expectExit(result: RunResult, exitCode: number, message?: string | RegExp): void {
  expect(result.exitCode, result.stderr).toBe(exitCode)
  expect(result.stderr).toMatch(message ?? /\S/)
  expect(result.stderr).not.toMatch(/^ {4}at /m)
}

/** Two trees are the same, and what was sparse in the one is sparse in the other. */
export function expectSameTree(actual: Listing, expected: Listing): void {
  expect(actual.files).toEqual(expected.files)
  for (const [name, bytes] of Object.entries(expected.allocated)) {
    // File systems round a hole's edges; 64 KiB is far less than what filling one takes.
    const size = expected.files[name]?.size ?? 0
    if (bytes < size)
      expect(actual.allocated[name], `bytes on disk of ${name}`).toBeLessThanOrEqual(bytes + 65_536)
  }
}

/** No helper container is left on a volume, however the command ended; waits as long as the promise allows. */
export async function expectNoHelpers(bed: Scenario, volume: string, seconds = 5): Promise<void> {
  const helpers = async () => {
    const filter = ['--filter', `volume=${volume}`, '--filter', 'label=docker-vol.operation']
    return (await bed.docker('ps', '--all', '--format', '{{.Names}}', ...filter)).stdout.trim()
  }
  await expect.poll(helpers, { timeout: seconds * 1000, interval: 100 }).toBe('')
}

/** How the containers are: `running`, `paused`, `exited` …, in their order. */
export async function statesOf(bed: Scenario, ...containers: readonly string[]): Promise<string[]> {
  const { stdout } = await bed.docker('container', 'inspect', '--format', '{{.State.Status}}', ...containers)
  return stdout.trim().split('\n')
}

/** What a container started from is untouched: it was not restarted meanwhile. */
export async function startedAt(bed: Scenario, container: string): Promise<string> {
  return (
    await bed.docker('container', 'inspect', '--format', '{{.State.StartedAt}}', container)
  ).stdout.trim()
}

/** The reference of the only snapshot that a `-q` call printed. */
export function onlyReference(result: RunResult): string {
  const lines = expectDone(result).split('\n').filter(Boolean)
  expect(lines).toHaveLength(1)
  return lines[0] ?? ''
}
