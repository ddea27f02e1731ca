import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import { VolError } from '../errors.ts'
import { argumentsOf, dockerError, optionsOf, type DockerCommand } from './command.ts'
import type { HelperRequest } from './docker.ts'
import { firstLine } from './first-line.ts'
import { helloPipe, leashLabel, runArguments, type Exchange } from './helper-container.ts'
import { watchNameHolder } from './name-holder.ts'
import { makePipe, wakePipe } from './pipe.ts'
import { within } from './within.ts'

/** A container that lives as long as somebody holds its standard input: when we die, however, it ends by itself. */
export type Leash = {
  /** Whether a pipe in the exchange folder really reaches the container. */
  readonly shared: boolean
  /** What docker knows the container by. Its name is another container's as soon as this one has gone. */
  readonly container: string
  /** Ends the container and waits until it is gone; at once when `force` is given. */
  release(force: boolean): Promise<void>
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
  const holder = watchNameHolder(docker, request.name)
  for (;;) {
    docker.signal.throwIfAborted()
    const started = await startContainer(docker, request, exchange)
    if ('leash' in started) {
      const shared = started.offered && hello !== undefined && (await heard(hello))
      return { shared, container: started.container, release: started.leash }
    }
    const { stderr } = started
    if (
      exchange !== undefined &&
      /bind source path does not exist|invalid mount config|mounts denied/i.test(stderr)
    )
      return await holdLeash(docker, request, undefined)
    if (!/is already in use by container/i.test(stderr)) throw startError(request, started)
    if ((await holder()) === 'at work' && Date.now() > giveUp)
      throw new VolError(
        'BUSY',
        `Another docker vol command works on this volume (container "${request.name}").`,
      )
    await sleep(200, undefined, { signal: docker.signal })
  }
}

type Started =
  | {
      readonly leash: (force: boolean) => Promise<void>
      readonly offered: boolean
      readonly container: string
    }
  | { readonly stderr: string; readonly exitCode: number | undefined; readonly code: string | undefined }

async function startContainer(
  docker: DockerCommand,
  request: HelperRequest,
  exchange: Exchange | undefined,
): Promise<Started> {
  const mark = `${leashLabel}=${randomBytes(8).toString('hex')}`
  const running = execa(docker.command, argumentsOf(docker, runArguments(request, exchange, mark)), {
    ...optionsOf(docker),
    stdin: 'pipe',
    buffer: { stdout: false },
  })
  // A container that is gone has closed its input; that is told by its exit code.
  running.stdin.on('error', () => undefined)
  const ended = running.then(({ stderr, exitCode, code }) => ({ stderr, exitCode, code }))
  const remove = async (force: boolean) => {
    running.stdin.end()
    const gone = force ? false : await within(5000, ended)
    if (!gone) await removeMarked(docker, mark)
    // The engine does not answer any more: what is left of the container ends with its input.
    if (!(await within(5000, ended))) running.kill('SIGKILL')
  }
  let removal: Promise<void> | undefined
  const interrupted = () => {
    removal = remove(true)
  }
  docker.signal.addEventListener('abort', interrupted)
  try {
    const line = await Promise.race([firstLine(running.stdout), ended])
    // Nobody may start another of the same name while this one is being removed.
    await removal
    docker.signal.throwIfAborted()
    if (typeof line !== 'string') return line
    const [, offered, tools, id = ''] = line.split(' ')
    if (tools !== 'gnu' && request.runsAs === undefined && request.beside === undefined) {
      await remove(false)
      throw new VolError(
        'HELPER_IMAGE_NOT_FOUND',
        `The image "${request.image}" cannot serve as helper: it has no GNU tar and find.`,
      )
    }
    // Beside another container its HOSTNAME is that one's.
    const isOwn = /^[0-9a-f]{12,64}$/.test(id) && request.beside === undefined
    const container = isOwn ? id : request.name
    return { leash: remove, offered: offered === 'offered', container }
  } finally {
    docker.signal.removeEventListener('abort', interrupted)
  }
}

/**
 * Removes our own container, known by its mark: the one that bears the name may be somebody else's, for whose end
 * we were waiting.
 */
async function removeMarked(docker: DockerCommand, mark: string): Promise<void> {
  const options = { ...optionsOf(docker), stdin: 'ignore', timeout: 20_000 } as const
  const find = [...docker.globals, 'ps', '--all', '--quiet', '--no-trunc', '--filter', `label=${mark}`]
  const { stdout } = await execa(docker.command, find, options)
  const [id] = (stdout ?? '').split('\n')
  if (id !== undefined && id !== '')
    await execa(docker.command, [...docker.globals, 'rm', '--force', '--volumes', id], options)
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
