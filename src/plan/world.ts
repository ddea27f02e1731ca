import type { Docker } from '../docker/docker.ts'
import type { Store } from '../stores/store.ts'
import type { Journal } from './journal.ts'

/** What a plan is carried out with. */
export type World = {
  readonly docker: Docker
  readonly store: Store
  readonly journal: Journal
  readonly progress: ProgressPort
  readonly signal: AbortSignal
  /** The image that the user wants as helper, if any. */
  readonly helperImage: string | undefined
  readonly toolVersion: string
  /** Where an archive goes that is asked for on standard output. */
  standardOutput(): ArchiveSink
  standardInput(): AsyncIterable<Uint8Array>
  /** The same, interrupted by this signal instead. */
  withSignal(signal: AbortSignal): World
  /** The same, for cleaning up after an interruption: it is not interrupted itself. */
  withoutSignal(): World
}

/** How what is going on is told; src/cli/progress.ts shows it. */
export type ProgressPort = {
  start(title: string, options?: { readonly total?: number }): ProgressTaskPort
  message(text: string): void
}

export type ProgressTaskPort = {
  update(state: { readonly done?: number; readonly total?: number | undefined; readonly text?: string }): void
  finish(text?: string): void
  fail(text?: string): void
}

/** Where an archive is written to. Nothing is seen under its name before it is whole. */
export type ArchiveSink = {
  /** Takes all of it; the bytes may be reused once this is done. */
  write(bytes: Uint8Array): void | Promise<void>
  /** It is whole, and on disk where there is one. */
  finish(): Promise<void>
  /** It is none: a file goes, a stream stays without its end mark. */
  abandon(): void
}
