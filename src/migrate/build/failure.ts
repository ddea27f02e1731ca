import { VolError } from '../../errors.ts'

/** At most so many lines of what a program said are shown. */
const mostLines = 40

/** What could not be done on the way to the new cluster (`what` completes "could not …"), and what the programs said. */
export function buildFailure(what: string, said: string): VolError {
  const output = said.trim().split('\n').slice(-mostLines).join('\n')
  if (/no space left on device|disk quota exceeded/i.test(said))
    return new VolError('NO_SPACE', `The volume ran out of space: it could not ${what}.`, { output })
  return new VolError('FAILED', `The migration could not ${what}.`, { output })
}
