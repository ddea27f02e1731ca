import type { Container, Engine, Image, NewVolume, Volume } from '../facts.ts'

/** Everything that the product asks of docker. One suite, `test/contract`, runs against every implementation. */
export type Docker = {
  /** Which engine answers. Fails with DAEMON_UNREACHABLE, DOCKER_NOT_FOUND or DOCKER_TOO_OLD. */
  engine(): Promise<Engine>
  /** Every volume of the engine, by name. */
  volumes(): Promise<readonly Volume[]>
  /** One volume; undefined when there is none of that name. */
  volume(name: string): Promise<Volume | undefined>
  /** Every container, running or not, or those alone that mount the given volume. */
  containers(volume?: string): Promise<readonly Container[]>
  /** A local image by reference or ID; undefined when it is not there. Never pulls. */
  image(reference: string): Promise<Image | undefined>
  /** Pulls an image. */
  pull(reference: string): Promise<void>
  /** Bytes that each volume takes, as the engine counts them. Slow: the engine walks every file. */
  volumeSizes(): Promise<ReadonlyMap<string, number>>
  /** Makes a volume. The engine takes an existing one as success, so the caller looks before and after. */
  createVolume(volume: NewVolume): Promise<void>
  removeVolume(name: string): Promise<void>
  /** Starts the container through which volumes are read and written. */
  startHelper(request: HelperRequest): Promise<Helper>
}

export type { NewVolume } from '../facts.ts'

export type HelperRequest = {
  readonly image: string
  /** Names the container. Two helpers of one name cannot run at once, which makes the name a lock: BUSY. */
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly mounts: readonly HelperMount[]
}

export type HelperMount = { readonly volume: string; readonly path: string; readonly readOnly: boolean }

export type ScriptResult = { readonly exitCode: number; readonly stdout: string; readonly stderr: string }

export type Script = {
  /** POSIX shell. `$1`, `$2`, … are the arguments; names never become part of the text. */
  readonly text: string
  readonly arguments: readonly string[]
  /** What the script reads on its standard input. */
  readonly input?: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

/** A script under way that hands its data over a pipe. */
export type PipedScript = {
  /** The end of the pipe on this side, for blocking reads (`reading`) or writes (`writing`). The caller closes it. */
  readonly descriptor: number
  readonly result: Promise<ScriptResult>
  /** Ends a read or write that is blocked on the pipe, for when the script is to be given up. */
  wake(): void
}

/** The container through which volumes are read and written. It ends with this process, however that ends. */
export type Helper = {
  /** Runs a script and collects what it prints. */
  run(script: Script): Promise<ScriptResult>
  /** Runs a script whose standard output is a pipe to us. */
  reading(script: Script): Promise<PipedScript>
  /** Runs a script whose standard input is a pipe from us. */
  writing(script: Omit<Script, 'input'>): Promise<PipedScript>
  /** Where a mount's path is for the scripts of this helper. */
  path(mount: string): string
  /** Ends what runs and removes the container. Safe to call twice. */
  close(): Promise<void>
}
