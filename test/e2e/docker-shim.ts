import { chmod, mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { inject } from 'vitest'
import type { RunResult } from './running.ts'
import type { Scenario } from './scenario.ts'
import { startPlugin, temporaryFolder } from './standalone.ts'

/** When the plugin dies: before docker is started, while docker is at work, or once it has done it. */
export const moments = ['before', 'during', 'after'] as const
export type Moment = (typeof moments)[number]

/**
 * Runs the plugin with a docker in its PATH that ends it with SIGKILL around the n-th call of docker, or the first that
 * has these words; if asked for, with the watchdog over what it holds.
 */
export async function runKilledAround(
  bed: Scenario,
  words: readonly string[],
  call: number | string,
  moment: Moment,
  { withWatchdog = false } = {},
): Promise<RunResult> {
  const { environment } = await makeShim(bed)
  const killing = {
    ...environment,
    [typeof call === 'number' ? 'SHIM_CALL' : 'SHIM_WORDS']: String(call),
    SHIM_MOMENT: moment,
    SHIM_WATCHDOG: withWatchdog ? 'too' : '',
  }
  return await startPlugin(bed, words, { environment: killing }).ended
}

/** Runs the plugin to its end and says how often it called docker. */
export async function countDockerCalls(bed: Scenario, words: readonly string[]): Promise<number> {
  const { environment, calls } = await makeShim(bed)
  const { exitCode, stderr } = await startPlugin(bed, words, { environment }).ended
  if (exitCode !== 0) throw new Error(`${words.join(' ')} ended with ${exitCode}:\n${stderr}`)
  return (await readdir(calls)).length
}

// Several calls can begin at once; making a folder numbers them. A docker that outlives the plugin goes on by itself.
const shim = `#!/bin/sh
end() {
  [ -z "\${SHIM_WATCHDOG-}" ] || for child in $(cat /proc/$PPID/task/*/children); do
    if tr '\\0' ' ' <"/proc/$child/cmdline" | grep -q watchdog; then kill -KILL "$child"; fi
  done 2>/dev/null
  kill -KILL $PPID
}
number=1
while ! mkdir "$SHIM_CALLS/$number" 2>/dev/null; do number=$((number + 1)); done
due=\${SHIM_CALL-}
[ -z "\${SHIM_WORDS-}" ] || case "$*" in *"$SHIM_WORDS"*) mkdir "$SHIM_CALLS/due" 2>/dev/null && due=$number ;; esac
[ "$number" = "$due" ] || exec "$SHIM_DOCKER" "$@"
case $SHIM_MOMENT in
before) end ;;
during)
  exec 3<&0
  "$SHIM_DOCKER" "$@" <&3 3<&- &
  docker=$!
  exec 3<&- </dev/null
  sleep 0.0$(od -An -N1 -tu1 /dev/urandom | tr -d ' ')
  end
  wait $docker ;;
after) "$SHIM_DOCKER" "$@"; end ;;
esac
`

/** A docker that goes before the real one in PATH, to count calls, and with SHIM_CALL and SHIM_MOMENT to kill the caller. */
export async function makeShim(
  bed: Scenario,
): Promise<{ readonly calls: string; readonly environment: Record<string, string> }> {
  await mkdir(temporaryFolder(bed), { recursive: true })
  const folder = await mkdtemp(path.join(bed.folder, 'shim-'))
  const calls = path.join(folder, 'calls')
  const program = path.join(folder, 'docker')
  await mkdir(calls)
  await writeFile(program, shim)
  await chmod(program, 0o755)
  const PATH = `${folder}:${bed.environment['PATH'] ?? ''}`
  return { calls, environment: { PATH, SHIM_CALLS: calls, SHIM_DOCKER: inject('bed').docker } }
}
