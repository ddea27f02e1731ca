import { closeSync, write as writeCallback } from 'node:fs'
import { promisify } from 'node:util'
import type { Helper } from '../docker/docker.ts'
import { stagingName } from './archive-script.ts'
import { extractScript } from './restore-scripts.ts'
import { failUnless } from './script-result.ts'

const write = promisify(writeCallback)

/** Feeds an archive to the helper's tar. Fails as tar does. */
export async function unpack(helper: Helper, archive: AsyncIterable<Uint8Array>): Promise<void> {
  const piped = await helper.writing({ text: extractScript, arguments: [helper.path('volume'), stagingName] })
  let failure: unknown
  try {
    for await (const chunk of archive) await writeAll(piped.descriptor, chunk)
  } catch (error) {
    failure = error
  } finally {
    closeSync(piped.descriptor)
  }
  // A tar that gave up tells more than the pipe that broke because of it.
  const broken = failure instanceof Error && 'code' in failure && failure.code === 'EPIPE'
  if (failure !== undefined && !broken) {
    await piped.result.catch(() => undefined)
    throw failure
  }
  failUnless(await piped.result, 'unpack the files')
}

async function writeAll(descriptor: number, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.length;)
    done += (await write(descriptor, chunk, done, chunk.length - done, null)).bytesWritten
}
