import type { PipedScript } from '../docker/docker.ts'
import { VolError } from '../errors.ts'
import { failUnless } from './script-result.ts'

/** A script's output ended before its end mark. Why it did, the script's own result tells. */
export class BrokenOff extends VolError {
  constructor(message: string) {
    super('FAILED', message)
  }
}

/** Fails with the reason for which a script broke off, if it gives one, or else with the error that was seen. */
export async function failWithReason(
  error: unknown,
  result: PipedScript['result'],
  what: string,
): Promise<never> {
  if (error instanceof BrokenOff) failUnless(await result, what)
  throw error
}
