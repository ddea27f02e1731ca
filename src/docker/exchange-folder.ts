import { lstat, mkdir, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { isGone, isProcessTag, newProcessTag } from '../stores/process-identity.ts'

const prefix = 'docker-vol-'

/** Makes the folder through which this process and a helper share pipes. It names the process, nobody else gets in. */
export async function makeExchangeFolder(): Promise<string> {
  const folder = join(tmpdir(), prefix + newProcessTag())
  await mkdir(folder, { mode: 0o700 })
  return folder
}

/** Removes the folders of processes that were killed. What cannot be removed stays: it is only untidy. */
export async function removeDeadExchangeFolders(): Promise<void> {
  for (const name of await readdir(tmpdir()).catch((): string[] => [])) {
    const tag = name.startsWith(prefix) ? name.slice(prefix.length) : ''
    if (!isProcessTag(tag) || !isGone(tag)) continue
    const folder = join(tmpdir(), name)
    try {
      const { uid } = await lstat(folder)
      // Anybody may make such a name in /tmp; only what is ours is ours to remove.
      if (uid === process.getuid?.()) await rm(folder, { recursive: true, force: true })
    } catch {
      // See above.
    }
  }
}
