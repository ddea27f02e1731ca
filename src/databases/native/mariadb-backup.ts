import { closeSync } from 'node:fs'
import type { Helper, ScriptResult } from '../../docker/docker.ts'
import { isVolError, VolError } from '../../errors.ts'
import type { World } from '../../plan/world.ts'
import { failUnless } from '../../volumes/script-result.ts'
import { backupFailed } from './backup-failed.ts'
import type { MariadbPlan } from './mariadb-decision.ts'
import { backupScript, dressScript, endMark, prepareScript, unpackScript } from './mariadb-scripts.ts'

/**
 * Makes an empty volume (`volume` of the helper) what the server's own (`source`) was at one instant, by mariadb-backup.
 * The helper must be of the server's image. Fails with DATABASE_BACKUP_FAILED unless the backup said that it is
 * complete, twice: when it was taken and when it was prepared.
 */
export async function backUpMariadb(world: World, plan: MariadbPlan, helper: Helper): Promise<void> {
  const [source, copy] = [helper.path('source'), helper.path('volume')]
  const folder = plan.path === '.' ? copy : `${copy}/${plan.path}`
  await stream(world, plan, helper, folder)
  const prepared = await helper.run({ text: prepareScript, arguments: [folder, plan.backup] })
  const { exitCode, stderr } = prepared
  if (exitCode !== 0 || !isComplete(stderr)) throw failed('its backup could not be prepared', stderr)
  failUnless(
    await helper.run({ text: dressScript, arguments: [source, copy, plan.path] }),
    'give the copy its owners',
  )
}

/** From the server's container straight into the helper: what passes is not ours to look at. */
async function stream(world: World, plan: MariadbPlan, helper: Helper, folder: string): Promise<void> {
  const unpacking = await helper.writing({ text: unpackScript, arguments: [folder] })
  const backup = await handingOver(unpacking.descriptor, async (output) =>
    world.docker.execute({
      container: plan.container.id,
      text: backupScript,
      arguments: [plan.backup, plan.socket, plan.password, plan.inside],
      output,
    }),
  )
  const unpacked = await unpacking.result
  if (unpacked.exitCode !== 0 && /no space left on device|errno: 28|disk quota/i.test(unpacked.stderr))
    throw new VolError(
      'NO_SPACE',
      'There is no room on the engine for the copy that a backup is prepared in.',
      {
        output: unpacked.stderr.trim(),
      },
    )
  judge(backup)
  if (unpacked.exitCode !== 0) throw failed('its backup could not be unpacked', unpacked.stderr)
}

async function handingOver(
  descriptor: number,
  action: (descriptor: number) => Promise<ScriptResult>,
): Promise<ScriptResult> {
  try {
    return await action(descriptor)
  } catch (error) {
    if (!isVolError(error, 'DOCKER_FAILED')) throw error
    // Its container went away, or docker had nowhere to write to any more.
    return { exitCode: 1, stdout: '', stderr: error.output ?? error.message }
  } finally {
    closeSync(descriptor)
  }
}

/** Fails unless the program ended well, said so as its last word, and named no error. */
export function judge({ exitCode, stderr }: ScriptResult): void {
  const [said = '', code] = stderr.split(endMark)
  if (code === undefined) throw failed('mariadb-backup was ended', stderr)
  if (exitCode !== 0 || code.trim() !== '0')
    throw failed(`mariadb-backup ended with exit code ${code.trim()}`, said)
  if (!isComplete(said)) throw failed('mariadb-backup did not say that it is complete', said)
}

/** Its last line says so, and no line before names an error. */
export function isComplete(said: string): boolean {
  return /completed OK!\s*$/.test(said) && !/\[ERROR\]|\[FATAL\]|^Error:/m.test(said)
}

function failed(why: string, said: string): VolError {
  return backupFailed('MariaDB', 'backup', why, said)
}
