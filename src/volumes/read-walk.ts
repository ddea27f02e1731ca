import { read as readCallback } from 'node:fs'
import { promisify } from 'node:util'
import { VolError } from '../errors.ts'
import { walkReader, type Walk } from './walk.ts'

const read = promisify(readCallback)

/** Reads a walk up to the record that ends it, and no byte further. Fails when the pipe ends before. */
export async function readWalk(descriptor: number): Promise<Walk> {
  let ended = false
  const reader = walkReader((facts) => {
    ended ||= facts.startsWith('walked ')
    return ended
  })
  const buffer = Buffer.allocUnsafe(64 * 1024)
  const isOver = () => ended
  while (!isOver()) {
    const { bytesRead } = await read(descriptor, buffer, 0, buffer.length, null)
    if (bytesRead === 0) throw new VolError('FAILED', 'The helper ended before it had listed the files.')
    reader.push(buffer.subarray(0, bytesRead))
  }
  const walk = reader.finish()
  if (walk.length === 0) throw new VolError('FAILED', 'The helper could not look into the volume.')
  return walk
}
