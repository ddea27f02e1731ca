import { randomBytes } from 'node:crypto'
import type { PipedScript, ScriptResult } from '../../docker/docker.ts'
import type { VolError } from '../../errors.ts'
import type { World } from '../../plan/world.ts'
import type { Warning } from '../../snapshots/format.ts'
import type { Graft } from '../../volumes/grafted-stream.ts'
import type { TarEntry } from '../../tar/parse.ts'
import { printableText } from '../../tar/name.ts'
import { backupFailed, inContainer } from './backup-failed.ts'
import { startBeside } from './beside.ts'
import { manifestCheck } from './backup-manifest.ts'
import { backupScript, endMark } from './postgres-backup-script.ts'
import type { PostgresPlan } from './postgres-decision.ts'

/** How a base backup is asked for, what becomes of its entries, and whether it is one. */
export type PostgresBackup = {
  start(): Promise<PipedScript>
  /** Waits until nothing of what it has started is left; after its result that can take some tenths of a second. */
  closed(): Promise<void>
  readonly graft: Pick<Graft, 'path' | 'entry' | 'data'>
  /** Says what to warn of. Fails with DATABASE_BACKUP_FAILED unless the backup is complete and proven to be. */
  judge(result: ScriptResult, whole: boolean): readonly Warning[]
}

const manifestName = 'backup_manifest'

/** A base backup of the server that a plan names. */
export function postgresBackup(world: World, plan: PostgresPlan): PostgresBackup {
  const check = manifestCheck()
  let inManifest = false
  let owner: Partial<Pick<TarEntry, 'uid' | 'gid'>> = {}
  let closed: Promise<void> | undefined

  function entry(found: TarEntry): TarEntry {
    if (found.type !== 'file' && found.type !== 'directory')
      throw failed(`its backup holds a ${found.type}, "${printableText(found.path)}"`)
    inManifest = found.path === manifestName
    // pg_basebackup gives its own file an owner that is nobody; the server's files come before it.
    if (inManifest) return { ...found, ...owner }
    if (found.type === 'file') check.file(found.path, found.size)
    if (found.path === 'PG_VERSION') owner = { uid: found.uid, gid: found.gid }
    return found
  }

  return {
    async start() {
      const piped = await inContainer('Postgres', 'backup', startBackup(world, plan))
      closed = piped.closed
      const result = inContainer('Postgres', 'backup', piped.result)
      result.catch(() => undefined)
      return { ...piped, result }
    },
    closed: async () => await closed,
    graft: {
      path: plan.path,
      entry,
      data(chunk) {
        if (inManifest) check.manifest(chunk)
      },
    },
    judge(result, whole) {
      const { warnings, complaints, ended } = readMessages(result.stderr)
      const output = result.stderr.trim()
      if (ended === undefined) throw failed('pg_basebackup was ended', output)
      if (ended !== 0) throw failed(`pg_basebackup ended with exit code ${ended}`, output)
      if (result.exitCode !== 0) throw failed('the session beside the backup failed', output)
      if (!whole) throw failed('its backup is cut: the end mark is missing', output)
      const problem = check.finish(plan)
      if (problem !== undefined) throw failed(`of its backup ${printableText(problem)}`, output)
      if (complaints.length > 0) throw failed('pg_basebackup warned of something', output)
      return warnings
    },
  }
}

/**
 * Beside the server's container where it lets us in there: what is printed reaches us without going through the engine,
 * which takes twice as long. Else in the container itself.
 */
async function startBackup(
  world: World,
  plan: PostgresPlan,
): Promise<PipedScript & { readonly closed?: Promise<void> }> {
  const { container, user, folder, host, port, role, password } = plan
  const slot = `docker_vol_${randomBytes(6).toString('hex')}`
  const nearby = [folder, '127.0.0.1', port, role, '', slot, '']
  const beside = plan.nearby
    ? await startBeside(world, container, { text: backupScript, arguments: nearby })
    : undefined
  const inside = [folder, host, port, role, password, slot, 'leash']
  return (
    beside ??
    (await world.docker.executeReading({
      container: container.id,
      user,
      text: backupScript,
      arguments: inside,
    }))
  )
}

/** What the script said on standard error, sorted by what it means. */
export function readMessages(stderr: string): {
  readonly warnings: readonly Warning[]
  /** Lines that may mean that the backup is not good. */
  readonly complaints: readonly string[]
  readonly ended: number | undefined
} {
  const warnings: Warning[] = []
  const complaints: string[] = []
  let ended: number | undefined
  for (const line of stderr.split('\n')) {
    // Postgres says so of sockets, fifos and the like (basebackup.c).
    const skipped = /^WARNING: {2}skipping special file "(?:\.\/)?(.*)"$/.exec(line)?.[1]
    if (line.startsWith(endMark)) ended = Number(line.slice(endMark.length))
    else if (skipped !== undefined)
      warnings.push({
        code: 'socket-skipped',
        path: printableText(skipped),
        message: 'Postgres does not copy special files; the program that owns it makes it anew.',
      })
    else if (line.trim() !== '' && !/^(?:NOTICE|LOG|DETAIL|HINT): /.test(line)) complaints.push(line)
  }
  return { warnings, complaints, ended }
}

/** A page with a wrong sum (basebackup.c: `checksum verification failed`) is damage, which no other way of copying mends. */
function failed(why: string, said = ''): VolError {
  if (!/checksum (?:error|verification failed)/.test(said))
    return backupFailed('Postgres', 'backup', why, said)
  return backupFailed('Postgres', 'backup', 'the database is damaged', said, [
    'Mend it, or restore a good snapshot. docker vol snapshot --consistency stop takes it as it is, with the damage.',
  ])
}
