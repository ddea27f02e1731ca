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
  /** Those that mount a volume, but for helpers: a single call when nobody else does. */
  consumers(volume: string): Promise<readonly Container[]>
  /** Every container, like `containers`, in half the time when these IDs are all there are. */
  containersLike(known: readonly string[]): Promise<readonly Container[]>
  /** A local image by reference or ID; undefined when it is not there. Never pulls. */
  image(reference: string): Promise<Image | undefined>
  /** Pulls an image. */
  pull(reference: string): Promise<void>
  /** Bytes that each volume takes, as the engine counts them. Slow: the engine walks every file. */
  volumeSizes(): Promise<ReadonlyMap<string, number>>
  /** Makes a volume. The engine takes an existing one as success, so the caller looks before and after. */
  createVolume(volume: NewVolume): Promise<void>
  removeVolume(name: string): Promise<void>
  /**
   * Freezes running containers, as close together as the engine can. When one cannot be frozen the others are, and it
   * fails with DOCKER_FAILED. An ID, here and below, may also be a name.
   */
  pause(ids: readonly string[]): Promise<void>
  /** Lets paused containers go on; as above when one is not paused. */
  unpause(ids: readonly string[]): Promise<void>
  /** Asks containers to end, kills them after that many seconds, and waits for their end. Interrupted, the engine goes on. */
  stop(ids: readonly string[], graceSeconds: number): Promise<void>
  /** Starts containers in their order; those that run already are none to fail on. */
  start(ids: readonly string[]): Promise<void>
  /** When the engine's daemon was started, by its own clock; undefined when that cannot be told. */
  engineStart(): Promise<string | undefined>
  /** Starts the process that releases what an operation holds when this process dies. Fails when it does not run. */
  startWatchdog(request: WatchdogRequest): Promise<Watchdog>
  /** Starts the container through which volumes are read and written. */
  startHelper(request: HelperRequest): Promise<Helper>
  /**
   * Runs a script in a running container that is not ours. Fails with DOCKER_FAILED when it cannot begin there. What it
   * prints goes to `output`, a descriptor, if there is one.
   */
  execute(script: ContainerScript & { readonly output?: number }): Promise<ScriptResult>
  /** The same with the script's standard output in a pipe to us. `wake` also lets go of its leash. */
  executeReading(script: ContainerScript): Promise<PipedScript>
}

export type { NewVolume } from '../facts.ts'

export type WatchdogRequest = {
  /** What it looks for in the journal. */
  readonly operation: string
  /** The journal's directory. */
  readonly journal: string
  /** Where the snapshots are, and the image to start a helper from: it may have to put a volume right. */
  readonly store: string
  readonly helperImage: string | undefined
  /** Seconds after which it releases although this process lives; counted from the first `acting`. */
  readonly maxSeconds: number | undefined
}

/** A process that waits for our end. It takes no part as long as we live and tell it that all is released. */
export type Watchdog = {
  /** Containers are about to be paused or stopped; an engine may do that for so many seconds after we have died. */
  acting(seconds: number): void
  /** That is done. */
  acted(): void
  /** All is released: it ends. */
  dismiss(): void
}

export type HelperRequest = {
  readonly image: string
  /** Names the container. Two helpers of one name cannot run at once, which makes the name a lock: BUSY. */
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly mounts: readonly HelperMount[]
  /** Images to look into, mounted read-only; an engine before 28 cannot (API 1.48). */
  readonly images?: readonly { readonly image: string; readonly path: string }[]
  /**
   * Set when it is to run programs of the image itself: as this user (`uid:gid`), without any rights, and with room for
   * their files in memory alone. Left out, it is root with the rights that tar needs, and the image must have GNU tar.
   */
  readonly runsAs?: string
  /**
   * Set when it is to run programs of the image beside a running container, this ID: it shares that one's network, which
   * leads to its servers, and has none otherwise. The image needs no GNU tar.
   */
  readonly beside?: string
  /** Further places in memory for programs of the image, which may write there: absolute paths. */
  readonly memoryAt?: readonly string[]
}

export type HelperMount = {
  readonly volume: string
  readonly path: string
  readonly readOnly: boolean
  /** A folder of the engine's host that is mounted in the volume's stead; it must be there. */
  readonly folder?: string
}

export type ScriptResult = { readonly exitCode: number; readonly stdout: string; readonly stderr: string }

export type Script = {
  /** POSIX shell. `$1`, `$2`, … are the arguments; names never become part of the text. */
  readonly text: string
  readonly arguments: readonly string[]
  /** What the script reads on its standard input. */
  readonly input?: AsyncIterable<Uint8Array> | Iterable<Uint8Array>
}

/**
 * A script for a container that is not ours. Its standard input is a leash, which ends when we do, in whatever way: a
 * script whose programs run long must watch it and end them. It must wait for every program that it starts: one that is
 * left behind becomes a child of the container's first process, and a Postgres whose unknown child was killed
 * restarts all of its sessions.
 */
export type ContainerScript = Omit<Script, 'input'> & {
  /** Its ID. */
  readonly container: string
  /** `uid:gid`, or the container's own user. */
  readonly user?: string
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
