import { closeSync, read as readCallback } from 'node:fs'
import { promisify } from 'node:util'
import type { Helper, Script } from '../docker/docker.ts'
import { VolError } from '../errors.ts'
import { BrokenOff, failWithReason } from './broken-off.ts'
import { failUnless } from './script-result.ts'
import {
  endsWalk,
  walkComparer,
  walkReader,
  type Difference,
  type OtherRecord,
  type Walk,
  type WalkReader,
} from './walk.ts'

const read = promisify(readCallback)

/** Reads a walk up to the record that ends it, and no byte further. Fails when the pipe ends before. */
export async function readWalk(descriptor: number): Promise<Walk> {
  const walk = await readToEnd(descriptor, walkReader)
  if (walk.length === 0) throw new VolError('FAILED', 'The helper could not look into the volume.')
  return walk
}

/** Runs a script that does nothing but walk, and reads what it prints. */
export function walkThrough(helper: Helper, script: Script): Promise<Walk> {
  return through(helper, script, readWalk)
}

/** The same for a second look at a tree: tells how it differs from the first. */
export function compareThrough(helper: Helper, script: Script, before: Walk): Promise<readonly Difference[]> {
  return through(helper, script, (descriptor) =>
    readToEnd(descriptor, (other) => walkComparer(before, other)),
  )
}

const looking = 'look at the files'

async function through<Result>(
  helper: Helper,
  script: Script,
  reading: (descriptor: number) => Promise<Result>,
): Promise<Result> {
  const piped = await helper.reading(script)
  try {
    const result = await reading(piped.descriptor)
    failUnless(await piped.result, looking)
    return result
  } catch (error) {
    return await failWithReason(error, piped.result, looking)
  } finally {
    closeSync(piped.descriptor)
  }
}

async function readToEnd<Result>(
  descriptor: number,
  readerOf: (other: OtherRecord) => WalkReader<Result>,
): Promise<Result> {
  let ended = false
  const reader = readerOf((what, said) => {
    ended ||= endsWalk(what, said)
    return ended
  })
  const buffer = Buffer.allocUnsafe(64 * 1024)
  const isOver = () => ended
  while (!isOver()) {
    const { bytesRead } = await read(descriptor, buffer, 0, buffer.length, null)
    if (bytesRead === 0) throw new BrokenOff('The helper ended before it had listed the files.')
    reader.push(buffer.subarray(0, bytesRead))
  }
  return reader.finish()
}
