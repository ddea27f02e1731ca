import type { Helper, PipedScript, ScriptResult } from '../../docker/docker.ts'
import type { VolError } from '../../errors.ts'
import type { World } from '../../plan/world.ts'
import type { TarEntry } from '../../tar/parse.ts'
import type { Graft } from '../../volumes/grafted-stream.ts'
import { succeed } from '../../volumes/script-result.ts'
import { backupFailed, inContainer } from './backup-failed.ts'
import type { SqlitePlan } from './sqlite-decision.ts'
import { backupScript, endMark } from './sqlite-scripts.ts'

/** How the copy of a SQLite database is made and read, and whether it is whole. */
export type SqliteBackup = {
  start(): Promise<PipedScript>
  readonly graft: Pick<Graft, 'path' | 'entry' | 'data'>
  /** Fails with DATABASE_BACKUP_FAILED unless the copy is complete and was found to be sound. */
  judge(result: ScriptResult, whole: boolean): readonly []
}

/** How a database file begins (https://sqlite.org/fileformat2.html, section 1.3). */
const beginning = 'SQLite format 3\0'

/** Whose the file is, its mode, and when it was changed, of the original. */
type Dress = Pick<TarEntry, 'uid' | 'gid' | 'mode' | 'modified'>

/** Has SQLite copy a database in a container; `helper` has the volume mounted, and tells how the file is to look. */
export function sqliteBackup(world: World, plan: SqlitePlan, helper: Helper, mount: string): SqliteBackup {
  const { container, path, file, inside, place } = plan
  let dress: Dress | undefined
  let received = 0
  let first = Buffer.alloc(0)

  return {
    async start() {
      const whole = path === '.' ? file : `${path}/${file}`
      dress = dressOf(await succeed(helper, lookScript, [`${helper.path(mount)}/${whole}`], 'look at a file'))
      const script = { container: container.id, text: backupScript, arguments: [inside, place, file] }
      const piped = await inContainer(title, how, world.docker.executeReading(script))
      const result = inContainer(title, how, piped.result)
      result.catch(() => undefined)
      return { ...piped, result }
    },
    graft: {
      path,
      entry(found) {
        received += 1
        if (found.type !== 'file' || found.path.replace(/^\.\//, '') !== file || received > 1)
          throw failed('its backup holds something else')
        return { ...found, ...dress }
      },
      data(chunk) {
        const missing = beginning.length - first.length
        if (missing > 0) first = Buffer.concat([first, chunk.subarray(0, missing)])
      },
    },
    judge(result, whole) {
      const verdict = readVerdict(result)
      const [said] = result.stderr.split(endMark)
      if (verdict !== undefined) throw failed(verdict, said)
      if (!whole || received !== 1 || first.toString('latin1') !== beginning)
        throw failed('its backup is cut, or is none', said)
      return []
    },
  }
}

const title = 'SQLite'
const how = 'backup'

const failures = new Map([
  ['1', 'there was no place for the copy'],
  ['2', 'sqlite3 could not make it'],
  ['3', 'integrity_check finds the copy damaged, and with it the database'],
  ['4', 'the copy could not be read'],
])

/** What the script says of its end; undefined when it has done all that it should. */
export function readVerdict({ exitCode, stderr }: ScriptResult): string | undefined {
  const step = stderr.split(endMark)[1]?.trim()
  if (step === undefined) return 'sqlite3 was ended'
  if (step === '0' && exitCode === 0) return undefined
  return failures.get(step) ?? `its script ended with ${step}`
}

const lookScript = `stat --format='%u %g %a %.9Y' -- "$1"`

/** Reads what `stat` says. */
export function dressOf(said: string): Dress {
  const [uid = '', gid = '', mode = '', modified = ''] = said.trim().split(' ')
  return {
    uid: Number(uid),
    gid: Number(gid),
    mode: Number.parseInt(mode, 8),
    // Seconds with nine digits behind the point.
    modified: BigInt(modified.replace('.', '')),
  }
}

function failed(why: string, said?: string): VolError {
  return backupFailed(title, how, why, said)
}
