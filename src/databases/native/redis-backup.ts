import type { PipedScript, Helper, ScriptResult } from '../../docker/docker.ts'
import type { VolError } from '../../errors.ts'
import type { World } from '../../plan/world.ts'
import type { Graft } from '../../volumes/grafted-stream.ts'
import { backupFailed, inContainer } from './backup-failed.ts'
import type { RedisPlan } from './redis-decision.ts'
import { fileScript, saveScript } from './redis-scripts.ts'

/** How a saved file is made and read, and whether it is whole. */
export type RedisBackup = {
  start(): Promise<PipedScript>
  readonly graft: Pick<Graft, 'path' | 'data'>
  /** Fails with DATABASE_BACKUP_FAILED unless the file is whole. */
  judge(result: ScriptResult, whole: boolean): readonly []
}

/** Has the server save itself, then reads the file through a helper that has the volume mounted. */
export function redisBackup(world: World, plan: RedisPlan, helper: Helper, mount: string): RedisBackup {
  const form = fileForm()
  return {
    async start() {
      const script = { container: plan.container.id, text: saveScript, arguments: [] }
      const saving = inContainer(titleOf(plan), 'save', world.docker.execute(script))
      const { exitCode, stdout, stderr } = await saving
      if (exitCode !== 0 || !stdout.endsWith('saved\n'))
        throw failed(plan, 'it did not save its data', (stderr + stdout).trim())
      const folder = plan.path === '.' ? helper.path(mount) : `${helper.path(mount)}/${plan.path}`
      return await helper.reading({ text: fileScript, arguments: [folder, plan.file] })
    },
    graft: { path: plan.path, data: (chunk) => form.push(chunk) },
    judge({ exitCode, stderr }, whole) {
      if (!whole || !readWell(exitCode, stderr))
        throw failed(plan, 'the file that it saved could not be read', stderr.trim())
      if (!form.whole()) throw failed(plan, 'the file that it saved does not begin or end like one')
      return []
    },
  }
}

/**
 * Whether tar read all of the file. That it changed is said of one that has lost its name meanwhile, because the next
 * save came; what is in it does not change any more.
 */
export function readWell(exitCode: number, stderr: string): boolean {
  const said = stderr.split('\n').filter((line) => line !== '')
  const renamed = said.every((line) => /^tar: [\w.+@:-]+: file changed as we read it$/.test(line))
  return renamed && exitCode === (said.length === 0 ? 0 : 1)
}

/** Bytes of the checksum that ends a file of version 5 and later. */
const checksum = 8
const endOpcode = 0xff

/** A dump begins with its name and ends with the byte 0xFF and a checksum (rdb.h, RDB_OPCODE_EOF). */
export function fileForm() {
  let first = Buffer.alloc(0)
  let last = Buffer.alloc(0)
  return {
    push(chunk: Uint8Array): void {
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
      if (first.length < 9) first = Buffer.concat([first, bytes.subarray(0, 9 - first.length)])
      last = Buffer.concat([last, bytes.subarray(-checksum - 1)]).subarray(-checksum - 1)
    },
    whole: () => /^(?:REDIS\d{4}|VALKEY\d{3})$/.test(first.toString('latin1')) && last[0] === endOpcode,
  }
}

function failed(plan: RedisPlan, why: string, said?: string): VolError {
  return backupFailed(titleOf(plan), 'save', why, said)
}

function titleOf({ database }: RedisPlan): string {
  return database === 'redis' ? 'Redis' : 'Valkey'
}
