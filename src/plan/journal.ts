import type { HeldContainer } from '../holds/held-container.ts'

/** What was about to be done to a volume, written down before it begins and taken out when it is over. */
export type JournalEntry = {
  readonly operation: string
  /** `boot`: the volume is a copy to try something on, and goes again whatever comes of that. */
  readonly kind: 'restore' | 'clone' | 'boot' | 'migration'
  readonly volume: string
  /** The engine's ID: the same name on another engine is another volume. */
  readonly engine: string
  /** Whether the volume was made for this and may go again when nothing came of it. */
  readonly made: boolean
  /** Images to start the helper from. */
  readonly images: readonly string[]
  /** Of volumes that are switched together: the operation of their switch. */
  readonly together?: string
}

/**
 * That volumes are being switched together. From when this is on disk each of them is to get its new contents, which
 * are all complete and on disk; without it all keep what they have.
 */
export type SwitchEntry = {
  readonly operation: string
  readonly kind: 'switch'
  readonly engine: string
  readonly volumes: readonly string[]
}

/** Containers that are about to be kept paused or stopped, or are; taken out when all of them go on. */
export type HoldEntry = {
  readonly operation: string
  readonly kind: 'hold'
  readonly engine: string
  /** When the engine's daemon was started (`Docker.engineStart`): a later one has lost what it ran. */
  readonly engineStart: string | undefined
  /** ISO 8601, by this machine's clock: when something was last paused or stopped for it. */
  readonly since: string
  /** For whose sake. */
  readonly volumes: readonly string[]
  readonly containers: readonly HeldContainer[]
  /** Whether the volumes are written meanwhile: after a crash they are put right before anybody goes on. */
  readonly writes: boolean
  /** Whether the containers stay as they are if a volume has its new contents by then; without it they go on. */
  readonly stays?: boolean
  /** Those that are started in that case, for whom the new contents are. */
  readonly starts?: readonly HeldContainer[]
  /** IDs of containers that were paused by somebody else and are to stay so. */
  readonly leftPaused: readonly string[]
}

/** A hold in the journal, and whether the process that keeps it has ended. */
export type FoundHold = { readonly entry: HoldEntry; readonly interrupted: boolean }

/** The record of destructive work. What is in it although its process is gone was interrupted. */
export type Journal = {
  /** Where it is, for messages. */
  readonly location: string
  /** On disk when this returns. */
  begin(entry: JournalEntry | HoldEntry | SwitchEntry): Promise<void>
  /**
   * The same for a hold, unless another process holds one of its containers, or is holding what this one takes for
   * paused by somebody else: then that hold is returned, and nothing has begun.
   */
  beginHold(entry: HoldEntry): Promise<HoldEntry | undefined>
  end(operation: string): Promise<void>
  /** What interrupted runs left. */
  interrupted(): Promise<readonly JournalEntry[]>
  /** Work on volumes that others began and have not ended, whether they live or not. */
  othersWork(): Promise<readonly JournalEntry[]>
  /** Every hold, on whatever engine. */
  holds(): Promise<readonly FoundHold[]>
  /** Names of entries of holds that this version does not understand, though they are whole. */
  unreadableHolds(): Promise<readonly string[]>
  /** Takes over what an interrupted run left. False when another process was first, or it is there no more. */
  claim(operation: string): Promise<boolean>
  /** Whether it is in the journal as this process's own. */
  owns(operation: string): Promise<boolean>
  /** Whether a switch of volumes together has begun and has not ended. */
  isSwitching(operation: string): Promise<boolean>
  /** Ends the switches of ended processes to which no volume belongs any more. */
  endSettledSwitches(): Promise<void>
}
