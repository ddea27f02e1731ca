import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

import { unmountBelow } from './mounts.ts'

const marker = '.docker-vol-bed'

/** The folder outside the checkout in which everything the bed fetches, builds and runs is kept. */
export function cacheFolder(): string {
  const chosen = process.env['DOCKER_VOL_BED']
  if (chosen) return resolve(chosen)
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'docker-vol-bed')
}

/** Makes the cache folder and marks it as ours; refuses a folder that already holds something else. */
export async function claimCache(cache: string): Promise<void> {
  await mkdir(cache, { recursive: true, mode: 0o700 })
  const entries = await readdir(cache)
  if (entries.includes(marker)) return
  if (entries.length > 0) throw new Error(`${cache} is not empty and not a test bed; set DOCKER_VOL_BED`)
  await writeFile(join(cache, marker), 'Made by the test bed of docker vol. npm run bed:down -- --purge\n')
}

/** Removes the cache folder with all it holds, if it is one that we made. */
export async function removeCache(cache: string): Promise<void> {
  const entries = await readdir(cache).catch((): string[] => [])
  if (entries.length === 0) return
  if (!entries.includes(marker)) throw new Error(`${cache} is not a test bed; not removed`)
  await unmountBelow(cache)
  // The marker goes last: a removal that was interrupted can be repeated.
  for (const entry of entries.filter((name) => name !== marker)) {
    await rm(join(cache, entry), { recursive: true, force: true, maxRetries: 5 })
  }
  await rm(cache, { recursive: true, force: true })
}
