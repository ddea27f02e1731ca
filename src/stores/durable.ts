import { closeSync, constants, fsync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { promisify } from 'node:util'

const fsyncInThreadPool = promisify(fsync)

/** Makes what was written to the file survive a power cut. Runs in the thread pool; an error is never retried. */
export function syncFile(descriptor: number): Promise<void> {
  return fsyncInThreadPool(descriptor)
}

/** Makes the names in a directory survive a power cut. Windows cannot do that for a directory and need not. */
export async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return
  const descriptor = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    await syncFile(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Writes all of it: one call of the system may take less. */
export function writeWhole(descriptor: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) {
    written += writeSync(descriptor, bytes, written, bytes.length - written)
  }
}

/** Creates a file (mode 0600) that must not be there yet, and brings its content to disk. */
export async function writeNewFile(file: string, bytes: Uint8Array): Promise<void> {
  const descriptor = openSync(file, 'wx', 0o600)
  try {
    writeWhole(descriptor, bytes)
    await syncFile(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Puts the content in place of the file: whoever looks, and whatever dies, sees all of the old or all of the new. */
export async function replaceFile(
  file: string,
  bytes: Uint8Array,
  by: { readonly temporary: string; readonly directory: string },
): Promise<void> {
  try {
    await writeNewFile(by.temporary, bytes)
    renameSync(by.temporary, file)
  } catch (error) {
    rmSync(by.temporary, { force: true })
    throw error
  }
  await syncDirectory(by.directory)
}
