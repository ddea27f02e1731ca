/** Runs once before the tests that need an engine: the engine, and the product as it would be installed. */
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { execa } from 'execa'
import type { TestProject } from 'vitest/node'
import { type Bed, bedUp } from '../bed/bed.ts'
import { removeEarlierRuns, removeRun, runId } from './leftovers.ts'

declare module 'vitest' {
  interface ProvidedContext {
    bed: Bed
    run: Run
  }
}

/** One run of the tests. */
export type Run = {
  /** Part of every name and label that the run makes. */
  readonly id: string
  /** The product as it would be installed: no sources, no node_modules. */
  readonly product: string
  /** A home folder that is not the user's. */
  readonly home: string
}

const root = path.resolve(import.meta.dirname, '..', '..')

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const bed = await bedUp()
  await removeEarlierRuns(bed)
  const folder = await mkdtemp(path.join(tmpdir(), 'docker-vol-run-'))
  const run = { id: runId(), product: path.join(folder, 'product'), home: path.join(folder, 'home') }
  await mkdir(run.home)
  await install(run.product)
  project.provide('bed', bed)
  project.provide('run', run)
  return async () => {
    if (process.env['KEEP_FAILED']) return
    await removeRun(bed, run.id)
    await rm(folder, { recursive: true, force: true })
  }
}

/** A copy, so that nobody who builds meanwhile takes the product away under the tests. */
async function install(product: string): Promise<void> {
  await mkdir(product)
  await execa(process.execPath, ['scripts/build.ts'], { cwd: root })
  for (const part of ['bin', 'dist', 'plugin-metadata.json', 'oclif.manifest.json', 'package.json'])
    await cp(path.join(root, part), path.join(product, part), { recursive: true })
}
