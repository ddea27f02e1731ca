import { isVolError, VolError } from '../../errors.ts'

/** A backup that is none: whose it was to be (`Postgres`), why, what its program said, and what to do unless the usual. */
export function backupFailed(
  title: string,
  how: string,
  why: string,
  said = '',
  suggestions?: readonly string[],
): VolError {
  const output = said.trim().split('\n').slice(-mostLines).join('\n')
  return new VolError('DATABASE_BACKUP_FAILED', `${title} could not be copied by its own ${how}: ${why}.`, {
    ...(output === '' ? {} : { output }),
    ...(suggestions === undefined ? {} : { suggestions }),
  })
}

/** Programs may say a lot; the reason is at the end. */
const mostLines = 12

/** Waits for what runs in the server's container. That it went away, or is paused, is a failure of the backup. */
export async function inContainer<Result>(
  title: string,
  how: string,
  running: Promise<Result>,
): Promise<Result> {
  try {
    return await running
  } catch (error) {
    if (!isVolError(error, 'DOCKER_FAILED')) throw error
    throw backupFailed(title, how, 'docker could not run it to its end', error.output ?? error.message)
  }
}
