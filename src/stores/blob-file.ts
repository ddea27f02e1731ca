import { closeSync, constants, fstatSync, lstatSync, openSync, read, readSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { VolError } from '../errors.ts'
import type { Descriptor, Digest } from '../snapshots/format.ts'
import { systemCode, unlessMissing } from './failure.ts'
import type { Places } from './places.ts'
import type { Blob } from './store.ts'

const readInThreadPool = promisify(read)
const chunk = 1024 * 1024

/** Opens a blob. Fails with SNAPSHOT_DAMAGED when it is not there or not of the size that it should be. */
export function openBlob(places: Places, descriptor: Descriptor): Blob {
  const what = `Blob ${descriptor.digest} of volume "${places.volume}"`
  return openBlobFile(places.blob(descriptor.digest), descriptor, what)
}

/** The same for a blob that lies elsewhere; `what` begins the messages. */
export function openBlobFile(file: string, descriptor: Descriptor, what: string): Blob {
  const handle = openFile(file, what)
  const stat = fstatSync(handle)
  if (!stat.isFile() || stat.size !== descriptor.size) {
    closeSync(handle)
    throw damaged(`${what} has ${stat.size} bytes instead of ${descriptor.size}.`)
  }
  let open = true
  return {
    size: descriptor.size,
    descriptor: handle,
    async read(position, length) {
      if (position < 0 || length < 0 || position + length > descriptor.size) {
        throw damaged(`${what} ends before byte ${position + length}.`)
      }
      const bytes = Buffer.allocUnsafe(length)
      for (let filled = 0; filled < length;) {
        const { bytesRead } = await readInThreadPool(
          handle,
          bytes,
          filled,
          length - filled,
          position + filled,
        ).catch((error: unknown) => Promise.reject(damaged(`${what} cannot be read.`, error)))
        if (bytesRead === 0) throw damaged(`${what} was cut.`)
        filled += bytesRead
      }
      return bytes
    },
    close() {
      if (open) closeSync(handle)
      open = false
      return Promise.resolve()
    },
  }
}

/** Tells a file from every other and from its own later contents, as far as the file system can. */
export function fingerprint(file: string): string | undefined {
  const stat = unlessMissing(() => lstatSync(file, { bigint: true }))
  return stat?.isFile() === true
    ? `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`
    : undefined
}

/** Reads the whole file again; says whether it is what its name says. What cannot be read is not. */
export async function holdsDigest(file: string, digest: Digest): Promise<boolean> {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafe(chunk)
  let handle: number | undefined
  try {
    handle = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW)
    for (;;) {
      const { bytesRead } = await readInThreadPool(handle, buffer, 0, chunk, null)
      if (bytesRead === 0) return `sha256:${hash.digest('hex')}` === digest
      hash.update(buffer.subarray(0, bytesRead))
    }
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return false
  } finally {
    if (handle !== undefined) closeSync(handle)
  }
}

/**
 * Reads a small file whole; undefined when it is missing. Anything else that keeps it from being read is thrown: who
 * takes an unreadable list for an empty one deletes what it lists.
 */
export function readSmallFile(file: string, limit: number): Buffer | undefined {
  const handle = unlessMissing(() => openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW))
  if (handle === undefined) return undefined
  try {
    const { size } = fstatSync(handle)
    if (size > limit) throw damaged(`${file} is too large: ${size} bytes.`)
    const bytes = Buffer.allocUnsafe(size)
    let filled = 0
    while (filled < size) {
      const count = readSync(handle, bytes, filled, size - filled, filled)
      if (count === 0) break
      filled += count
    }
    return bytes.subarray(0, filled)
  } finally {
    closeSync(handle)
  }
}

function openFile(file: string, what: string): number {
  try {
    return openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW)
  } catch (error) {
    throw damaged(systemCode(error) === 'ENOENT' ? `${what} is missing.` : `${what} cannot be opened.`, error)
  }
}

function damaged(message: string, cause?: unknown): VolError {
  return new VolError('SNAPSHOT_DAMAGED', message, { cause })
}
