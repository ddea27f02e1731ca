import { stagingName } from '../volumes/archive-script.ts'
import type { HelperMount, HelperRequest } from './docker.ts'
import { helperLabel } from './observe.ts'

/** A folder of this machine, and where it lies in the container. */
export type Exchange = { readonly folder: string; readonly path: string }

/** A volume with this label was made by the engine on behalf of an operation, its value, because there was none any more. */
export const accidentLabel = 'docker-vol.made-by-accident'

/** Tells one helper container from every other, whatever its name. */
export const leashLabel = 'docker-vol.leash'

/** The name of the pipe through which the container says a word. */
export const helloPipe = 'hello'

// Once nobody holds the leash, a switch that is under way gets some seconds to end: it is a matter of moments, and cut
// off, it would leave the volume neither old nor new until the next run, while somebody starts its containers again.
// Its last act, when no state is there any more, is to give the root its time back: it gets a second for that.
// `cat` is the leash. The word goes through the pipe from a process beside it, which may wait for ever when the
// pipe is not shared. GNU tar and find are asked for here, where it costs nothing. The engine makes the beginning of
// the container's ID its HOSTNAME.
const leashScript = `
tools=gnu
tar --version 2>/dev/null | grep -q 'GNU tar' && find --version 2>/dev/null | grep -q 'GNU findutils' || tools=other
if [ -n "$1" ] && [ -p "$1/${helloPipe}" ]; then (echo hello >"$1/${helloPipe}") & echo "ready offered $tools $HOSTNAME"
else echo "ready alone $tools $HOSTNAME"; fi
cat >/dev/null
tries=0
last=0
while [ "$tries" -lt 40 ]; do
  set -- /proc/[0-9]*
  [ "$#" -gt 1 ] || break
  case $(cat /volume/${stagingName}/state 2>/dev/null) in
  moving-*|finishing|kept) ;;
  '') last=$((last + 1)); [ "$last" -lt 10 ] || break ;;
  *) break ;;
  esac
  sleep 0.1
  tries=$((tries + 1))
done`

/**
 * Rights of the helper: it must read what belongs to anybody, and to write also give files away, keep setuid bits,
 * make device nodes and set file capabilities. Nothing else, and no network.
 */
const readRights = ['DAC_READ_SEARCH']
const writeRights = ['DAC_READ_SEARCH', 'DAC_OVERRIDE', 'CHOWN', 'FOWNER', 'FSETID', 'MKNOD', 'SETFCAP']

/**
 * Where programs of any image want to write: sockets, temporary files, what belongs to a home directory, and memory
 * that processes share, of which docker gives 64 MB unless asked (a database that works in parallel wants more).
 */
const programPlaces = ['--tmpfs=/tmp:mode=1777', '--tmpfs=/run:mode=1777', '--env=HOME=/tmp', '--shm-size=1g']

/** How the container is started; `mark` is a label that only it has. */
export function runArguments(request: HelperRequest, exchange: Exchange | undefined, mark: string): string[] {
  const { runsAs, beside } = request
  const needed = request.mounts.some(({ readOnly }) => !readOnly) ? writeRights : readRights
  const rights = runsAs === undefined ? needed : []
  const operation = request.labels[helperLabel] ?? ''
  return [
    'run',
    '--rm',
    '--interactive',
    '--pull=never',
    `--name=${request.name}`,
    ...Object.entries(request.labels).map(([key, value]) => `--label=${key}=${value}`),
    `--label=${mark}`,
    // Without it the daemon writes every byte of a volume into its log as well (facts/reliability: finding 5).
    '--log-driver=none',
    `--network=${beside === undefined ? 'none' : `container:${beside}`}`,
    '--read-only',
    `--user=${runsAs ?? '0:0'}`,
    ...(runsAs === undefined && beside === undefined ? [] : programPlaces),
    // Over a place that the image declares as a volume, too.
    ...(request.memoryAt ?? []).map((place) => `--tmpfs=${place}:mode=1777`),
    '--workdir=/',
    '--env=LC_ALL=C',
    '--no-healthcheck',
    '--cap-drop=ALL',
    ...rights.map((right) => `--cap-add=${right}`),
    '--security-opt=no-new-privileges',
    '--security-opt=label=disable',
    ...request.mounts.map((mount) => `--mount=${mountOf(mount, operation)}`),
    ...(request.images ?? []).map(({ image, path }) => `--mount=type=image,src=${image},dst=/${path}`),
    ...(exchange === undefined ? [] : [`--mount=type=bind,src=${exchange.folder},dst=${exchange.path}`]),
    '--entrypoint=/bin/sh',
    request.image,
    '-c',
    leashScript,
    'sh',
    exchange?.path ?? '',
  ]
}

function mountOf({ volume, path, readOnly, folder }: HelperMount, operation: string): string {
  const mode = readOnly ? ',readonly' : ''
  // The engine's own words for a mount are a line of CSV.
  if (folder !== undefined) return `type=bind,"src=${folder.replaceAll('"', '""')}",dst=/${path}${mode}`
  return `type=volume,src=${volume},dst=/${path},volume-nocopy,volume-label=${accidentLabel}=${operation}${mode}`
}
