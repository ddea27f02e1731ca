import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { VolError } from '../errors.ts'
import { argumentsOf, dockerError, optionsOf, type DockerCommand } from './command.ts'
import type { HelperRequest } from './docker.ts'
import { makePipe, wakePipe } from './pipe.ts'

/** A container that lives as long as somebody holds its standard input: when we die, however, it ends by itself. */
export type Leash = {
  /** Whether a pipe in the exchange folder really reaches the container. */
  readonly shared: boolean
  /** Ends the container and waits until it is gone; at once when `force` is given. */
  release(force: boolean): Promise<void>
}

export type Exchange = { readonly folder: string; readonly path: string }

/** A volume with this label was made by the engine on our behalf, because there was none any more. */
export const accidentLabel = 'docker-vol.made-by-accident'

/** The name of the pipe through which the container says a word. */
const helloPipe = 'hello'

// `cat` is the leash. The word goes through the pipe from a process beside it, which may wait for ever when the
// pipe is not shared. GNU tar and find are asked for here, where it costs nothing.
const leashScript = `
tools=gnu
tar --version 2>/dev/null | grep -q 'GNU tar' && find --version 2>/dev/null | grep -q 'GNU findutils' || tools=other
if [ -n "$1" ] && [ -p "$1/${helloPipe}" ]; then (echo hello >"$1/${helloPipe}") & echo "ready offered $tools"
else echo "ready alone $tools"; fi
exec cat >/dev/null`

/**
 * Rights of the helper: it must read what belongs to anybody, and to write also give files away, keep setuid bits,
 * make device nodes and set file capabilities. Nothing else, and no network.
 */
const readRights = ['DAC_READ_SEARCH']
const writeRights = ['DAC_READ_SEARCH', 'DAC_OVERRIDE', 'CHOWN', 'FOWNER', 'FSETID', 'MKNOD', 'SETFCAP']

function runArguments(request: HelperRequest, exchange: Exchange | undefined): string[] {
  const rights = request.mounts.some(({ readOnly }) => !readOnly) ? writeRights : readRights
  return [
    'run',
    '--rm',
    '--interactive',
    '--pull=never',
    `--name=${request.name}`,
    ...Object.entries(request.labels).map(([key, value]) => `--label=${key}=${value}`),
    // Without it the daemon writes every byte of a volume into its log as well (facts/reliability: finding 5).
    '--log-driver=none',
    '--network=none',
    '--read-only',
    '--user=0:0',
    '--workdir=/',
    '--env=LC_ALL=C',
    '--no-healthcheck',
    '--cap-drop=ALL',
    ...rights.map((right) => `--cap-add=${right}`),
    '--security-opt=no-new-privileges',
    '--security-opt=label=disable',
    ...request.mounts.map(
      ({ volume, path, readOnly }) =>
        `--mount=type=volume,src=${volume},dst=/${path},volume-nocopy,volume-label=${accidentLabel}=1${readOnly ? ',readonly' : ''}`,
    ),
    ...(exchange === undefined ? [] : [`--mount=type=bind,src=${exchange.folder},dst=${exchange.path}`]),
    '--entrypoint=/bin/sh',
    request.image,
    '-c',
    leashScript,
    'sh',
    exchange?.path ?? '',
  ]
}

/** Starts the container. Fails with BUSY when one of that name runs, and stays so for a few seconds. */
export async function holdLeash(
  docker: DockerCommand,
  request: HelperRequest,
  exchange: Exchange | undefined,
): Promise<Leash> {
  const hello = exchange === undefined ? undefined : join(exchange.folder, helloPipe)
  if (hello !== undefined) await makePipe(hello)
  const giveUp = Date.now() + 3000
  for (;;) {
    docker.signal.throwIfAborted()
    const started = await startContainer(docker, request, exchange)
    if ('leash' in started) {
      const shared = started.offered && hello !== undefined && (await heard(hello))
      return { shared, release: started.leash }
    }
    const { stderr } = started
    if (
      exchange !== undefined &&
      /bind source path does not exist|invalid mount config|mounts denied/i.test(stderr)
    )
      return await holdLeash(docker, request, undefined)
    if (!/is already in use by container/i.test(stderr)) throw startError(request, started)
    if (Date.now() > giveUp)
      throw new VolError(
        'BUSY',
        `Another docker vol command works on this volume (container "${request.name}").`,
      )
    await sleep(200, undefined, { signal: docker.signal })
  }
}

type Started =
  | { readonly leash: (force: boolean) => Promise<void>; readonly offered: boolean }
  | { readonly stderr: string; readonly exitCode: number | undefined; readonly code: string | undefined }

async function startContainer(
  docker: DockerCommand,
  request: HelperRequest,
  exchange: Exchange | undefined,
): Promise<Started> {
  const running = execa(docker.command, argumentsOf(docker, runArguments(request, exchange)), {
    ...optionsOf(docker),
    stdin: 'pipe',
    buffer: { stdout: false },
  })
  // A container that is gone has closed its input; that is told by its exit code.
  running.stdin.on('error', () => undefined)
  const ended = running.then(({ stderr, exitCode, code }) => ({ stderr, exitCode, code }))
  const remove = async (force: boolean) => {
    running.stdin.end()
    const gone = force ? false : await Promise.race([ended.then(() => true), sleep(5000, false)])
    if (!gone)
      await execa(docker.command, [...docker.globals, 'rm', '--force', '--volumes', request.name], {
        ...optionsOf(docker),
        stdin: 'ignore',
        timeout: 20_000,
      })
    await Promise.race([ended, sleep(5000)])
  }
  const interrupted = () => void remove(true)
  docker.signal.addEventListener('abort', interrupted)
  try {
    const line = await Promise.race([firstLine(running.stdout), ended])
    docker.signal.throwIfAborted()
    if (typeof line !== 'string') return line
    if (!line.endsWith(' gnu')) {
      await remove(false)
      throw new VolError(
        'HELPER_IMAGE_NOT_FOUND',
        `The image "${request.image}" cannot serve as helper: it has no GNU tar and find.`,
      )
    }
    return { leash: remove, offered: line.includes(' offered ') }
  } finally {
    docker.signal.removeEventListener('abort', interrupted)
  }
}

function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    stream.on('data', (chunk: Buffer | string) => {
      text += chunk.toString()
      const end = text.indexOf('\n')
      if (end >= 0) resolve(text.slice(0, end))
    })
  })
}

/** Whether the container's word arrives. On another machine, or in a virtual one, it never does. */
async function heard(pipe: string): Promise<boolean> {
  const given = new AbortController()
  const word = readFile(pipe, { encoding: 'utf8', signal: given.signal }).then(
    (text) => text === 'hello\n',
    () => false,
  )
  const result = await Promise.race([word, sleep(2000, false, { ref: false })])
  if (!result) {
    wakePipe(pipe)
    given.abort()
  }
  return result
}

function startError(
  request: HelperRequest,
  failure: {
    readonly stderr: string
    readonly exitCode: number | undefined
    readonly code: string | undefined
  },
): VolError {
  if (/no such image|unable to find image/i.test(failure.stderr))
    return new VolError('HELPER_IMAGE_NOT_FOUND', `There is no image "${request.image}" here.`, {
      output: failure.stderr.trim(),
    })
  if (/exec: "\/bin\/sh"|stat \/bin\/sh/i.test(failure.stderr))
    return new VolError('HELPER_IMAGE_NOT_FOUND', `The image "${request.image}" has no shell.`)
  return dockerError(['run', 'for the helper container'], failure)
}
