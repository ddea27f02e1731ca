import type { Helper, ScriptResult } from '../docker/docker.ts'
import { VolError } from '../errors.ts'
import { printableName } from '../tar/name.ts'
import { inTheWay } from './in-the-way.ts'

/** Runs a script that must succeed. */
export async function succeed(
  helper: Helper,
  text: string,
  args: readonly string[],
  what: string,
): Promise<string> {
  const result = await helper.run({ text, arguments: args })
  failUnless(result, what)
  return result.stdout
}

/** Fails with what the script said unless it ended well: NO_SPACE when that was the reason. */
export function failUnless(result: ScriptResult, what: string): void {
  if (result.exitCode === 0) return
  const output = result.stderr.trim()
  if (result.exitCode === inTheWay.leftOver)
    throw new VolError('BUSY', 'A restore of this volume is under way, or was interrupted.', {
      suggestions: ['If none is under way, docker vol doctor puts it right where it was begun.'],
    })
  if (result.exitCode === inTheWay.fileSystems)
    throw mountedInside('the volume', result, [
      'Unmount it, then try again; or restore --into another volume.',
    ])
  if (result.exitCode === inTheWay.cannotMove)
    throw new VolError('FAILED', 'Not all that is in the volume can be moved aside; it is as it was.', {
      output,
      suggestions: [
        'Put right what is named above, then try again: a file that lsattr shows with an "i" is set free by chattr -i.',
      ],
    })
  if (/no space left on device|disk quota exceeded/i.test(output))
    throw new VolError('NO_SPACE', `The volume ran out of space: the helper could not ${what}.`, { output })
  throw new VolError('FAILED', `The helper could not ${what} (exit code ${result.exitCode}).`, { output })
}

/** What a script that ended with `inTheWay.fileSystems` has found; `where` names the volume. */
export function mountedInside(
  where: string,
  { stdout }: ScriptResult,
  suggestions: readonly string[],
): VolError {
  const place = printableName(stdout.trimEnd().split('\n').at(-1) ?? '')
  return new VolError(
    'VOLUME_CONFLICT',
    `Something else is mounted at "${place}" in ${where}: what is there is no part of the volume, and would be lost.`,
    { suggestions },
  )
}
