/** What an interrupted run may leave, and what must be gone after the next. Nothing here is the product's own code. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect } from 'vitest'
import { expectDone } from './checks.ts'
import { journalOf } from './holding.ts'
import type { Scenario } from './scenario.ts'
import { startPlugin } from './standalone.ts'

/** Every listed snapshot is whole; returns their references. */
export async function expectOnlyWholeSnapshots(
  bed: Scenario,
  ...more: readonly string[]
): Promise<readonly string[]> {
  const listed = await bed.vol('snapshots', '--quiet', ...more)
  const references = expectDone(listed).split('\n').filter(Boolean)
  expect(listed.stderr, 'damage in the store').toBe('')
  if (references.length > 0) expectDone(await bed.vol('verify', '--quiet', ...more, ...references))
  return references
}

/** The volume's part of the store holds just what its index leads to, each blob whole, and no draft. */
export async function expectTidyStore(store: string, volume: string): Promise<void> {
  const root = path.join(store, volume)
  const blobs = path.join(root, 'blobs', 'sha256')
  const needed = new Set<string>()
  const index: Index = JSON.parse(await readFile(path.join(root, 'index.json'), 'utf8'))
  for (const { digest } of index.manifests) {
    needed.add(digest)
    const manifest: Manifest = JSON.parse(await readFile(path.join(blobs, nameOf(digest)), 'utf8'))
    for (const part of [manifest.config, ...manifest.layers]) needed.add(part.digest)
  }
  expect((await readdir(blobs)).toSorted()).toEqual([...needed].map(nameOf).toSorted())
  for (const name of await readdir(blobs)) {
    const content = await readFile(path.join(blobs, name))
    expect(createHash('sha256').update(content).digest('hex')).toBe(name)
  }
  expect((await readdir(root)).toSorted()).toEqual(['blobs', 'index.json', 'oci-layout', 'tmp'])
  expect(await readdir(path.join(root, 'tmp'))).toEqual([])
}

type Part = { readonly digest: string }
type Index = { readonly manifests: readonly Part[] }
type Manifest = { readonly config: Part; readonly layers: readonly Part[] }

const nameOf = (digest: string) => digest.slice('sha256:'.length)

/** The journal holds nothing, not even a file that nobody reads. */
export async function expectEmptyJournal(bed: Scenario): Promise<void> {
  const journal = path.join(bed.configuration, 'vol', 'journal')
  expect(await readdir(journal).catch(() => [])).toEqual([])
}

/** No folder of an ended process is left among the temporary files. */
export async function expectNoTemporaryFolders(folder: string): Promise<void> {
  expect((await readdir(folder).catch(() => [])).filter((name) => name.startsWith('docker-vol'))).toEqual([])
}

/**
 * Has doctor put right what a killed run left. While the watchdog of that run is still at it, doctor leaves that to it,
 * and is asked again.
 */
export async function expectDoctorPutsRight(bed: Scenario, seconds: number): Promise<void> {
  const left = async () => {
    expectDone(await startPlugin(bed, ['doctor']).ended)
    return await journalOf(bed)
  }
  await expect.poll(left, { timeout: seconds * 1000, interval: 500 }).toEqual([])
}
