import { isVolError, VolError } from '../errors.ts'

/** The code of a failed system call, such as `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** Runs a system call whose target may be missing; gives undefined then. */
export function unlessMissing<Result>(action: () => Result): Result | undefined {
  try {
    return action()
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined
    throw error
  }
}

/** What a failed system call means to the user of a store: NO_SPACE or FAILED, naming the store. */
export function storeFailure(location: string, error: unknown): unknown {
  const code = systemCode(error)
  if (isVolError(error) || code === undefined || !(error instanceof Error && 'syscall' in error)) return error
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const what = code === 'ENOSPC' ? 'There is no space left' : 'Your quota is used up'
    return new VolError('NO_SPACE', `${what} in the store ${location}.`, { cause: error })
  }
  return new VolError('FAILED', `The store ${location} could not be used: ${error.message}.`, {
    suggestions: [
      'Check that the directory and its disk are sound and that you may write there, or use another with --store.',
    ],
    cause: error,
  })
}

/** Runs an action on a store and translates what its system calls throw. */
export async function inStore<Result>(location: string, action: () => Promise<Result>): Promise<Result> {
  try {
    return await action()
  } catch (error) {
    throw storeFailure(location, error)
  }
}
