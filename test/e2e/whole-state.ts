/** All that there is, so that a test can say that nothing was made, changed or removed. */
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { listTree, type Listing } from './listing.ts'
import type { RunOptions } from './running.ts'
import type { Scenario } from './scenario.ts'

type State = { readonly engine: readonly string[]; readonly files: Listing['files'] }

/**
 * Every volume, container and image of the engine, with all that docker tells of them, and every file of the store
 * and the journal. Meant for an engine that nobody else uses.
 */
export async function wholeState(bed: Scenario, options: RunOptions = {}): Promise<State> {
  const engine: string[] = []
  for (const kind of ['volume', 'container', 'image', 'network']) {
    const all = kind === 'container' ? ['--all'] : []
    const listed = (await bed.docker(kind, 'ls', '--quiet', ...all, options)).stdout
    const names = listed.split('\n').filter(Boolean).toSorted()
    engine.push(...names.map((name) => `${kind} ${name}`))
    if (names.length > 0) engine.push((await bed.docker(kind, 'inspect', ...names, options)).stdout)
  }
  return { engine, files: await filesOf(path.dirname(bed.store)) }
}

/** Every file of the store and of the journal beside it. */
export async function filesOf(folder: string): Promise<Listing['files']> {
  const there = await stat(folder).catch(() => undefined)
  return there === undefined ? {} : (await listTree(folder)).files
}
