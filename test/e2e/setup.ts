/** Runs once before the tests that need an engine: the engine, and the product as it would be installed. */
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { execa } from 'execa'
import type { TestProject } from 'vitest/node'
import setupBed from '../contract/setup.ts'

declare module 'vitest' {
  interface ProvidedContext {
    installed: Installed
  }
}

/** The product as it would be installed, for all scenarios of one run. */
export type Installed = {
  /** Without sources and without node_modules. */
  readonly product: string
  /** A home folder that is not the user's. */
  readonly home: string
}

const root = path.resolve(import.meta.dirname, '..', '..')

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const removeAll = await setupBed(project)
  const folder = await mkdtemp(path.join(tmpdir(), 'docker-vol-run-'))
  const installed = { product: path.join(folder, 'product'), home: path.join(folder, 'home') }
  await mkdir(installed.home)
  project.provide('installed', installed)
  const teardown = async () => {
    await removeAll()
    await rm(folder, { recursive: true, force: true })
  }
  try {
    await install(installed.product)
  } catch (error) {
    await teardown()
    throw error
  }
  return process.env['KEEP_FAILED'] ? async () => {} : teardown
}

/** A copy, so that nobody who builds meanwhile takes the product away under the tests. */
async function install(product: string): Promise<void> {
  await mkdir(product)
  const build = await execa(process.execPath, ['scripts/build.ts'], { cwd: root, reject: false, all: true })
  if (build.exitCode !== 0) throw new Error(`The product cannot be built:\n${build.all}`)
  for (const part of ['bin', 'dist', 'plugin-metadata.json', 'oclif.manifest.json', 'package.json'])
    await cp(path.join(root, part), path.join(product, part), { recursive: true })
}
