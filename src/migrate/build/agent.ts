import type { Places } from './places.ts'
import type { Side } from './side.ts'

/*
 * pg_upgrade runs four programs of the old version: postgres, pg_ctl, pg_controldata, pg_resetwal (exec.c). The old
 * binaries do not run in the new image, whose libraries are others. So they are stand-ins there: each writes down what
 * it was called with, and an agent in the old container calls the real one. One call at a time, as pg_upgrade does.
 */
const names = ['postgres', 'pg_ctl', 'pg_controldata', 'pg_resetwal']

/*
 * A call is a folder: \`call\`, a script that changes to the caller's directory and runs the program; \`go\` once that is
 * whole; then \`out\`, \`err\`, and \`code\` once those are. The agent counts in \`alive\`; a caller that sees no other number
 * for half a minute gives up.
 */
const shim = `#!/bin/sh
calls=$(dirname "$(dirname "$0")")/calls
call=$(mktemp -d "$calls/XXXXXX") || exit
quoted() { for word; do printf ' %s' "$(printf '%s\\n' "$word" | sed "s/'/'\\\\''/g; 1s/^/'/; \\$s/$/'/")"; done; }
{ printf 'cd'; quoted "$PWD"; printf ' && exec'; quoted "$(basename "$0")" "$@"; echo; } >"$call/call"
: >"$call/go"
tries=0 seen=
while [ ! -e "$call/code" ]; do
  sleep 0.02
  tries=$((tries + 1))
  [ "$tries" -ge 1500 ] || continue
  now=$(cat "$calls/alive" 2>/dev/null)
  [ "$now" != "$seen" ] || { echo 'The container of the old version does not answer.' >&2; exit 97; }
  tries=0 seen=$now
done
cat "$call/out"
cat "$call/err" >&2
exit "$(cat "$call/code")"
`

const makeShimsScript = `
cd "$1" && shift && cat >shim && chmod 755 shim && for name; do ln -sf shim "$name" || exit; done
`

// Output goes to files, so that the server that pg_ctl leaves behind holds no pipe of ours.
const agentScript = `
cd "$1" || exit
count=0
beat() { count=$((count + 1)); echo "$count" >alive.new && mv alive.new alive; }
while [ ! -e stop ]; do
  beat
  for go in */go; do
    [ -e "$go" ] || continue
    call=\${go%/go}
    rm "$go"
    (sh "./$call/call" >"$call/out" 2>"$call/err" </dev/null; echo "$?" >"$call/code.new"; mv "$call/code.new" "$call/code") &
    while [ ! -e "$call/code" ]; do sleep 0.02; beat; done
    wait
  done
  sleep 0.02
done
`

/** Lets the programs of the new image call those of the old one while something is done. */
export async function withOldPrograms<Result>(
  old: Side,
  client: Side,
  places: Places,
  action: () => Promise<Result>,
): Promise<Result> {
  await client.must(
    'write the stand-ins of the old programs',
    makeShimsScript,
    [places.shims, ...names],
    shim,
  )
  const agent = old.run(agentScript, [places.calls])
  // That it failed is found by its callers, which then hear nothing.
  agent.catch(() => undefined)
  try {
    return await action()
  } finally {
    await client.run(': >"$1/stop"', [places.calls]).catch(() => undefined)
    await agent.catch(() => undefined)
  }
}
