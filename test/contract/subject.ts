import { read as readCallback, write as writeCallback } from 'node:fs'
import { promisify } from 'node:util'
import type { Docker, Helper, HelperRequest, Script } from '../../src/docker/docker.ts'

/** A docker together with what only its tests do to the engine behind it. */
export type DockerUnderTest = {
  readonly docker: Docker
  /** The same engine, as a command sees it that can be interrupted. */
  interruptible(signal: AbortSignal): Docker
  /** An image that can serve as helper. */
  readonly image: string
  /** Images that cannot, each in its way. */
  readonly unfitImages: readonly string[]
  /** A name that nothing has. */
  name(part: string): string
  /** Starts a container that mounts a volume. */
  container(request: ContainerUnderTest): Promise<void>
  /** Ends and removes it. */
  removeContainer(name: string): Promise<void>
  dispose(): Promise<void>
}

export type ContainerUnderTest = {
  readonly name: string
  readonly volume: string
  readonly readOnly: boolean
  readonly labels: Readonly<Record<string, string>>
  readonly environment?: Readonly<Record<string, string>>
}

/** Makes an empty volume with a name of its own. */
export type CreateVolume = (part: string) => Promise<string>

export const megabyte = 1024 ** 2

const read = promisify(readCallback)
const write = promisify(writeCallback)

/** Reads a pipe to its end; returns the bytes, or their number alone when they are many. */
export async function readAll(
  descriptor: number,
): Promise<{ readonly bytes: number; readonly start: string }> {
  const buffer = Buffer.alloc(256 * 1024)
  let bytes = 0
  let start = ''
  for (;;) {
    const { bytesRead } = await read(descriptor, buffer, 0, buffer.length, null)
    if (bytesRead === 0) return { bytes, start }
    if (start.length < 64) start += buffer.toString('latin1', 0, Math.min(bytesRead, 64))
    bytes += bytesRead
  }
}

/** Writes this many bytes to a pipe. */
export async function writeMany(descriptor: number, bytes: number): Promise<void> {
  const block = Buffer.alloc(256 * 1024, 'x')
  for (let left = bytes; left > 0;) {
    const { bytesWritten } = await write(descriptor, block, 0, Math.min(left, block.length), null)
    left -= bytesWritten
  }
}

/** A script without arguments. */
export function script(text: string, ...args: readonly string[]): Script {
  return { text, arguments: args }
}

/** Starts a helper that writes a volume (`volume`), does something with it, and ends it. */
export async function withHelper<Result>(
  subject: DockerUnderTest,
  volume: string,
  action: (helper: Helper, folder: string) => Promise<Result>,
  more: Partial<HelperRequest> = {},
): Promise<Result> {
  const helper = await subject.docker.startHelper(helperRequest(subject, volume, more))
  try {
    return await action(helper, helper.path('volume'))
  } finally {
    await helper.close()
  }
}

export function helperRequest(
  subject: DockerUnderTest,
  volume: string,
  more: Partial<HelperRequest> = {},
): HelperRequest {
  return {
    image: subject.image,
    name: subject.name('helper'),
    labels: { 'docker-vol.operation': 'contract' },
    mounts: [{ volume, path: 'volume', readOnly: false }],
    ...more,
  }
}
