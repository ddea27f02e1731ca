import { VolError } from '../../errors.ts'
import type { ProgressTaskPort } from '../../plan/world.ts'
import { everyWhile } from '../../volumes/watch-growth.ts'
import { beginPhase } from '../begin-phase.ts'
import { withOldPrograms } from './agent.ts'
import { buildFailure } from './failure.ts'
import type { Places } from './places.ts'
import { port } from './shell.ts'
import type { Side } from './side.ts'

// In versions before 15 the logs are in the working directory.
const upgradeScript = `
old=$1 new=$2 shims=$3 sockets=$4 work=$5 port=$6 user=$7 jobs=$8; shift 8
mkdir -p "$work/upgrade" && cd "$work/upgrade" || exit
pg_upgrade --old-bindir="$shims" --new-bindir="$bin" --old-datadir="$old" --new-datadir="$new" --username="$user" \\
  --socketdir="$sockets" --old-port="$port" --new-port="$((port + 1))" --link --jobs="$jobs" "$@" >said 2>&1 && exit
tail -n 25 said >&2
find "$new/pg_upgrade_output.d" . -name '*.txt' 2>/dev/null | while IFS= read -r list; do
  echo; echo "\${list##*/}:"; head -n 20 "$list"
done >&2
find "$new/pg_upgrade_output.d" . -name '*.log' 2>/dev/null | while IFS= read -r log; do
  grep -EA2 'ERROR|FATAL|PANIC|error:' "$log" | head -n 10
done >&2
exit 1
`

/** Has pg_upgrade fill the new cluster, which takes the files of the old one: that cannot be started any more. */
export async function upgrade(
  old: Side,
  client: Side,
  places: Places,
  about: {
    readonly installUser: string
    readonly jobs: number
    /** Further options of pg_upgrade. */
    readonly options: readonly string[]
    readonly task: ProgressTaskPort
  },
): Promise<void> {
  const args = [places.old, places.new, places.shims, places.newSockets, places.newWork, String(port)]
  const watch = watchSteps(client, places, about.task)
  const result = await withOldPrograms(old, client, places, () =>
    client.run(upgradeScript, [...args, about.installUser, String(about.jobs), ...about.options]),
  ).finally(watch)
  if (result.exitCode === 0) return
  if (/No space left on device/.test(result.stderr))
    throw new VolError('NO_SPACE', 'The volume ran out of space for pg_upgrade.', { output: result.stderr })
  throw buildFailure('upgrade the cluster: pg_upgrade failed', result.stderr)
}

/** Tells which of its steps pg_upgrade is at: it says each when it begins, then perhaps names of what it works on. */
function watchSteps(client: Side, places: Places, task: ProgressTaskPort): () => void {
  beginPhase(task, 'pg_upgrade')
  let over = false
  const stop = everyWhile(async () => {
    const { stdout } = await client.run('tail -n 200 "$1/upgrade/said"', [places.newWork])
    const step = stepIn(stdout)
    if (!over && step !== undefined) beginPhase(task, `pg_upgrade: ${step}`)
  })
  return () => {
    over = true
    stop()
  }
}

/** The step that was begun last: text at the beginning of a line, padded to 60 columns (src/bin/pg_upgrade/util.c). */
export function stepIn(said: string): string | undefined {
  return said
    .split('\n')
    .flatMap((line) =>
      line.length >= 60 ? (/^([A-Z][\w ,-]+?) *(?: {2}| ok$|$)/.exec(line)?.[1] ?? []) : [],
    )
    .at(-1)
}
