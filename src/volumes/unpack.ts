import { closeSync } from 'node:fs'
import type { Helper } from '../docker/docker.ts'
import { startPipeWriter, type Ownership } from '../frames/pipe-writer.ts'
import { stagingName } from './archive-script.ts'
import { extractScript } from './restore-scripts.ts'
import { failUnless } from './script-result.ts'

/** Feeds an archive to the helper's tar. Fails as tar does. Says whether the chunks may be taken or must be copied. */
export async function unpack(
  helper: Helper,
  archive: AsyncIterable<Uint8Array>,
  ownership: Ownership = 'copied',
): Promise<void> {
  const startWriter = startPipeWriter(ownership)
  const piped = await helper.writing({ text: extractScript, arguments: [helper.path('volume'), stagingName] })
  const writer = startWriter(piped.descriptor)
  let failure: unknown
  try {
    for await (const chunk of archive) await writer.write(chunk)
    await writer.finish()
  } catch (error) {
    failure = error
  } finally {
    // First the thread: the number of a closed descriptor may soon be that of another file.
    await writer.close()
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
