import { readFile, rename, rm, stat, writeFile, realpath } from 'node:fs/promises'
import path from 'node:path'
import { VolError } from '../errors.ts'

/**
 * Puts new text in the place of a file, whole or not at all, with the mode that it has. Fails when the file is no
 * longer what it was when the text was made.
 */
export async function replaceFile(file: string, before: string | undefined, after: string): Promise<void> {
  // A link stays one.
  const real = before === undefined ? file : await realpath(file)
  if (before !== undefined && (await readFile(real, 'utf8')) !== before)
    throw new VolError('FAILED', `${file} was changed meanwhile, and was left as it is.`, {
      suggestions: ['Run the command again.'],
    })
  const mode = before === undefined ? 0o644 : (await stat(real)).mode & 0o7777
  const draft = path.join(path.dirname(real), `.${path.basename(real)}.docker-vol-${process.pid}`)
  try {
    await writeFile(draft, after, { mode, flag: 'wx', flush: true })
    await rename(draft, real)
  } finally {
    await rm(draft, { force: true })
  }
}
