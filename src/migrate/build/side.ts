import type { Helper, ScriptResult } from '../../docker/docker.ts'
import { helperLabel } from '../../docker/observe.ts'
import { buildFailure } from './failure.ts'
import { mountName } from './places.ts'
import type { BuildRequest } from './request.ts'

/** One of the two containers, in which programs of its image work on the volume. */
export type Side = {
  /** Where the volume is. */
  readonly root: string
  /** Runs a script that finds its image's Postgres programs in PATH. */
  run(text: string, args: readonly string[], input?: string): Promise<ScriptResult>
  /** The same with every character a byte, for files whose encoding is not ours to know. */
  runOnBytes(text: string, args: readonly string[], input?: string): Promise<ScriptResult>
  /** The same as `run` where it must succeed; returns what it printed. `what` completes "could not …". */
  must(what: string, text: string, args: readonly string[], input?: string): Promise<string>
  close(): Promise<void>
}

/*
 * The programs are where `postgres` is, whatever PATH says: Debian's psql in /usr/bin chooses a version by itself. pg_ctl
 * and pg_upgrade give a server a minute to start or stop, which a recovery or a checkpoint may well exceed.
 */
const programs = `
umask 077
bin=$(command -v postgres) || bin=$(ls /usr/lib/postgresql/*/bin/postgres /usr/local/pgsql/bin/postgres \\
  /opt/bitnami/postgresql/bin/postgres 2>/dev/null | sort | tail -n 1)
[ -n "$bin" ] || { echo 'The image has no Postgres server.' >&2; exit 1; }
bin=$(dirname "$(readlink -f "$bin")")
PATH=$bin:$PATH
export PATH PGCTLTIMEOUT=604800
unset PGDATA PGDATABASE PGPASSFILE PGSERVICE
`

/** Starts the container of one side as this user (`uid:gid`). */
export async function openSide(
  { world, volume, operation, oldImage, newImage, oldMountPath }: BuildRequest,
  which: 'old' | 'new',
  runsAs: string,
): Promise<Side> {
  const helper = await world.docker.startHelper({
    image: which === 'old' ? oldImage : newImage.id,
    name: `docker-vol-migrate-${which}-${operation}`,
    labels: { [helperLabel]: operation },
    mounts: [{ volume, path: mountName, readOnly: false }],
    runsAs,
    memoryAt: which === 'old' ? standInsAt(oldMountPath) : [],
  })
  const side = sideOn(helper)
  for (const place of which === 'old' ? standInsAt(oldMountPath) : [])
    await side.must('show the copy where its source was', standInScript, [side.root, place])
  return side
}

/*
 * Where the source was mounted, each of its entries is a link into the copy: settings may name files by their whole path,
 * and a recovery makes tablespaces at theirs anew.
 */
const standInScript = `
for entry in "$1"/old/* "$1"/old/.[!.]*; do [ ! -e "$entry" ] || ln -sfn "$entry" "$2/" || exit; done
`

/** What docker's syntax or places of ours rule out is left alone. */
function standInsAt(mountPath: string | undefined): readonly string[] {
  if (mountPath === undefined || !/^(\/[\w.-]+)+$/.test(mountPath)) return []
  return /\/\.\.?(\/|$)|^\/(tmp|run|dev|proc|sys|etc|bin|sbin|usr|lib\w*|exchange)(\/|$)|^\/migration(\/|$)/.test(
    mountPath,
  )
    ? []
    : [mountPath]
}

function sideOn(helper: Helper): Side {
  const runWith = async (
    encoding: 'utf8' | 'latin1',
    text: string,
    args: readonly string[],
    input?: string,
  ): Promise<ScriptResult> => {
    const script = { text: programs + text, arguments: args }
    const result = await helper.run(
      input === undefined ? script : { ...script, input: [Buffer.from(input, encoding)] },
    )
    if (encoding === 'latin1') return result
    return { ...result, stdout: fromBytes(result.stdout), stderr: fromBytes(result.stderr) }
  }
  const run: Side['run'] = (...script) => runWith('utf8', ...script)
  return {
    root: helper.path(mountName),
    run,
    runOnBytes: (...script) => runWith('latin1', ...script),
    async must(what, text, args, input) {
      const result = await run(text, args, input)
      if (result.exitCode !== 0) throw buildFailure(what, result.stderr)
      return result.stdout
    },
    close: () => helper.close(),
  }
}

/** Text whose every character was a byte. */
export function fromBytes(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
