import type { Descriptor, Digest, Manifest, SnapshotConfig, StoredSnapshot } from '../snapshots/format.ts'
import type { CheckKind, CheckResult } from '../snapshots/verification.ts'

/** A place that keeps snapshots. What is written is never changed; what is listed is complete. */
export type Store = {
  /** Where it is, for messages. */
  readonly location: string
  /**
   * All snapshots, or those of one volume, oldest first. A damaged one is listed by `problems`, not here, and one in
   * the trash by `trashed`.
   */
  list(volume?: string): Promise<readonly StoredSnapshot[]>
  /** What is listed but cannot be used (a missing, cut or changed manifest or config, or the list), oldest first. */
  problems(volume?: string): Promise<readonly StoreProblem[]>
  /** Begins a snapshot. Nothing of it is visible before `commit`. */
  begin(volume: string): Promise<Draft>
  /** Opens a blob for reading at any place. Fails with SNAPSHOT_DAMAGED when it is not there or not of that size. */
  open(volume: string, descriptor: Descriptor): Promise<Blob>
  /** Takes the snapshot out of the list or the trash, then removes what no other snapshot of the volume needs. */
  remove(snapshot: { readonly volume: string; readonly id: string }): Promise<{ readonly freedBytes: number }>
  /** What is in the trash, oldest first. It is whole, can be opened, and its ID is not given again. */
  trashed(volume?: string): Promise<readonly TrashedSnapshot[]>
  /** Takes the snapshot out of the list; all of it stays until the given time. On disk when this returns. */
  trash(snapshot: { readonly volume: string; readonly id: string }, until: Date): Promise<void>
  /** Puts it back into the list. Does nothing when it is there. */
  untrash(snapshot: { readonly volume: string; readonly id: string }): Promise<void>
  /**
   * Keeps what a check found, in place of the last result of that kind. It belongs to these very bytes:
   * SNAPSHOT_NOT_FOUND when the snapshot is there no more, or another one by now.
   */
  record(
    snapshot: Pick<StoredSnapshot, 'volume' | 'id' | 'manifestDigest'>,
    kind: CheckKind,
    result: CheckResult,
  ): Promise<void>
  /**
   * Removes what interrupted runs left (drafts whose process is gone, blobs that nothing lists), and what is in the
   * trash and past its time. The trash of a volume that lists no good snapshot is not emptied.
   */
  clean(volume?: string): Promise<void>
}

/** `snapshot` is left out when it cannot be read; `until` is ISO 8601. */
export type TrashedSnapshot = {
  readonly volume: string
  readonly id: string
  readonly until: string
  readonly snapshot?: StoredSnapshot
}

/** `id` is empty when it is about the volume's whole list. */
export type StoreProblem = { readonly volume: string; readonly id: string; readonly message: string }

/** A blob open for reading; the caller closes it. */
export type Blob = {
  readonly size: number
  /** Reads exactly `length` bytes at `position`, or fails with SNAPSHOT_DAMAGED. */
  read(position: number, length: number): Promise<Buffer>
  /** A descriptor of the operating system, for worker threads that read by themselves. */
  readonly descriptor: number
  close(): Promise<void>
}

/** A snapshot that is being written. */
export type Draft = {
  /** Begins a blob. Several may be open at a time. */
  blob(mediaType: string): BlobWriter
  /** Opens a blob that this draft has finished, to read it again. The caller closes it. */
  open(descriptor: Descriptor): Promise<Blob>
  /** Waits until all blobs that were finished so far are on disk. `commit` does so by itself. */
  settled(): Promise<void>
  /**
   * Makes the snapshot visible: blobs are on disk first, the manifest next, the index last.
   * A blob that the store has already, whole, is shared; one that it has damaged is replaced. Layers may also be blobs
   * of the volume's other snapshots that this draft did not write; one of them that is not whole is SNAPSHOT_DAMAGED.
   * After a failure only `abandon` is left.
   */
  commit(
    config: SnapshotConfig,
    layers: readonly Descriptor[],
    annotations: Readonly<Record<string, string>>,
  ): Promise<StoredSnapshot>
  /** Removes everything. Safe to call at any time, also after `commit`, when it does nothing. */
  abandon(): Promise<void>
}

export type BlobWriter = {
  /** Appends. The chunk may be reused once this returns. */
  write(chunk: Uint8Array): void
  /**
   * Ends the blob and names it by its digest. It may still be on its way to the disk: `commit` waits for that, so that
   * the next blob can be made meanwhile.
   */
  finish(): Promise<Descriptor>
}

export type { Digest, Manifest }
