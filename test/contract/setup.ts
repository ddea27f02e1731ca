/** Runs once before the contract tests: makes sure of an engine. */
import type { TestProject } from 'vitest/node'
import { type Bed, bedUp } from '../bed/bed.ts'
import { removeEarlierRuns, removeRun, runId } from '../e2e/leftovers.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The engine and the images to test on. */
    bed: Bed
    /** Part of every name that this run makes. */
    runId: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const bed = await bedUp()
  await removeEarlierRuns(bed)
  const id = runId()
  project.provide('bed', bed)
  project.provide('runId', id)
  return () => removeRun(bed, id)
}
