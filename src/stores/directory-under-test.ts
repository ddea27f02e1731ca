import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Digest } from '../snapshots/format.ts'
import type { StoreUnderTest } from './contract.ts'
import { directoryStore } from './directory.ts'

/** An empty directory store in the directory for temporary files, or in the given one. */
export async function directoryUnderTest(parent = tmpdir()): Promise<StoreUnderTest> {
  const directory = await mkdtemp(path.join(parent, 'vol-store-'))
  const location = path.join(directory, 'snapshots')
  const blobs = (volume: string): string => path.join(location, volume, 'blobs', 'sha256')
  return {
    store: directoryStore(location),
    blobs: (volume) => Promise.resolve(readdirSync(blobs(volume)).map((name): Digest => `sha256:${name}`)),
    tamper(volume, digest, change) {
      const file = path.join(blobs(volume), digest.slice('sha256:'.length))
      const changed = change(readFileSync(file))
      rmSync(file)
      if (changed !== undefined) writeFileSync(file, changed, { mode: 0o600 })
      return Promise.resolve()
    },
    isEmpty: (volume) =>
      Promise.resolve(!existsSync(path.join(location, volume)) && readdirSync(location).length === 0),
    dispose: () => rm(directory, { recursive: true, force: true }),
  }
}
