/**
 * Every way in which `docker vol` can fail on purpose: the exit code that scripts see, what it means, and
 * what a person can do next. `docs/errors.md` is generated from this table. Codes are never reused or renumbered.
 */
export const errorKinds = {
  FAILED: {
    exit: 1,
    meaning: 'Something failed that has no code of its own.',
    hint: 'Run again with -D to see every docker call.',
  },
  DOCKER_FAILED: {
    exit: 1,
    meaning: 'A docker command failed.',
    hint: 'Read what docker said above; run again with -D to see every docker call.',
  },
  USAGE: {
    exit: 2,
    meaning: 'The command line could not be understood.',
    hint: 'Add --help to see what the command takes.',
  },
  INVALID_NAME: {
    exit: 2,
    meaning: 'A name that docker would not accept for a volume, or that is not a snapshot reference.',
    hint: 'Volume names are [a-zA-Z0-9][a-zA-Z0-9_.-]+; a snapshot is VOLUME@ID or VOLUME@latest.',
  },
  SNAPSHOT_DAMAGED: {
    exit: 3,
    meaning: 'A snapshot is not what its manifest says: something is missing, cut or changed.',
    hint: 'Do not rely on this snapshot. Take a new one, or restore an older one (docker vol snapshots).',
  },
  VOLUME_NOT_FOUND: {
    exit: 4,
    meaning: 'There is no volume of that name on this engine.',
    hint: 'docker vol ls shows the volumes there are.',
  },
  SNAPSHOT_NOT_FOUND: {
    exit: 4,
    meaning: 'There is no such snapshot in the store.',
    hint: 'docker vol snapshots shows the snapshots there are.',
  },
  NOTHING_TO_UNDO: {
    exit: 4,
    meaning: 'No restore has left an undo copy to bring back.',
    hint: 'docker vol undo --list shows what can be taken back; a restore into a new or empty volume replaced nothing.',
  },
  PATH_NOT_FOUND: {
    exit: 4,
    meaning: 'The snapshot holds no file or directory of that path.',
    hint: 'docker vol show --files SNAPSHOT lists its files.',
  },
  HELPER_IMAGE_NOT_FOUND: {
    exit: 4,
    meaning: 'No image with GNU tar is there to read or write the volume with.',
    hint: 'docker pull a Debian image and name it with --helper-image or DOCKER_VOL_HELPER_IMAGE.',
  },
  IMAGE_NOT_FOUND: {
    exit: 4,
    meaning: 'No image that has what is needed is on this engine.',
    hint: 'docker pull the image that the error names, or name another.',
  },
  VOLUME_IN_USE: {
    exit: 5,
    meaning: 'A running container could change the volume meanwhile.',
    hint: 'Stop the containers that docker vol inspect VOLUME names, then try again.',
  },
  VOLUME_NOT_EMPTY: {
    exit: 5,
    meaning: 'The target volume holds data that would be replaced.',
    hint: 'Add --yes to replace it, or restore --into another volume.',
  },
  VOLUME_EXISTS: {
    exit: 5,
    meaning: 'A volume of that name is already there.',
    hint: 'Choose another name, or remove the volume first.',
  },
  VOLUME_CONFLICT: {
    exit: 5,
    meaning: 'The volume cannot be made as the snapshot recorded it.',
    hint: 'Create the volume yourself with docker volume create, then restore into it.',
  },
  CONFIRMATION_NEEDED: {
    exit: 5,
    meaning: 'The command would replace or remove something and nobody could be asked.',
    hint: 'Add --yes if that is meant.',
  },
  DECLINED: { exit: 5, meaning: 'The question was answered with no.', hint: 'Nothing was changed.' },
  LAST_SNAPSHOT: {
    exit: 5,
    meaning: 'The last snapshot of a volume that can be restored is not removed by accident.',
    hint: 'Add --force if that is meant.',
  },
  BUSY: {
    exit: 5,
    meaning: 'Another docker vol command works on the same volume or store.',
    hint: 'Wait for it to end, then try again.',
  },
  ARCHIVE_REFUSED: {
    exit: 5,
    meaning: 'An archive holds something that could write outside the volume, or is not a proper tar.',
    hint: 'Nothing was written. Look at the archive with tar -tvf before trusting it.',
  },
  MIGRATION_REFUSED: {
    exit: 5,
    meaning: 'Something in the database, its volume or the images does not allow this migration.',
    hint: 'Nothing was changed. Do what the findings above say, then try again.',
  },
  DOCKER_NOT_FOUND: {
    exit: 6,
    meaning: 'The docker command line is not there.',
    hint: 'Install docker, or put it on PATH.',
  },
  DAEMON_UNREACHABLE: {
    exit: 6,
    meaning: 'The docker daemon does not answer.',
    hint: 'Start the engine, or choose another with --context or DOCKER_HOST.',
  },
  DOCKER_TOO_OLD: {
    exit: 6,
    meaning: 'The docker engine is too old.',
    hint: 'Upgrade the engine to 23.0 or later.',
  },
  NO_SPACE: {
    exit: 7,
    meaning: 'There is not enough space in the store or in the volume.',
    hint: 'Free some space (docker vol rm removes snapshots), then try again.',
  },
  NOT_CONSISTENT: {
    exit: 8,
    meaning: 'The data changed while it was read, so that no consistent snapshot could be taken.',
    hint: 'Stop what writes to the volume, or accept the risk with --consistency live.',
  },
  HOLD_ENDED: {
    exit: 8,
    meaning:
      'Containers would have had to stay paused or stopped for longer than was allowed; they go on again.',
    hint: 'Allow more time with --max-hold, or choose another --consistency.',
  },
  DATABASE_BACKUP_FAILED: {
    exit: 8,
    meaning:
      'The backup that a database makes of itself failed, warned of a failure, or was not whole. Nothing was stored.',
    hint: 'Read what the database said above, then try again, or let its containers be held meanwhile: --consistency pause.',
  },
  MIGRATION_UNPROVEN: {
    exit: 8,
    meaning:
      'The migrated database is not what the old one was, or does not start. The old one is as it was.',
    hint: 'Read the differences above; nothing was switched, and the containers run on the old data.',
  },
  INTERRUPTED: {
    exit: 130,
    meaning: 'The command was interrupted; what it had begun was cleaned up.',
    hint: 'Run it again.',
  },
} as const satisfies Record<string, { exit: number; meaning: string; hint: string }>

export type ErrorCode = keyof typeof errorKinds

export type ErrorDetails = {
  /** What the user can do next, most useful first; the table's own hint when left out. */
  readonly suggestions?: readonly string[]
  /** What docker or another program printed, quoted below the message. */
  readonly output?: string
  readonly cause?: unknown
}

/** A failure that the user can act on. Anything else that is thrown is a bug. */
export class VolError extends Error {
  readonly code: ErrorCode
  readonly suggestions: readonly string[]
  readonly output: string | undefined

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = 'VolError'
    this.code = code
    this.suggestions = details.suggestions ?? [errorKinds[code].hint]
    this.output = details.output
  }

  /** The exit code that scripts see (design.md, section 4). */
  get exit(): number {
    return errorKinds[this.code].exit
  }
}

/** Whether this is a failure of the given kind. */
export function isVolError(error: unknown, code?: ErrorCode): error is VolError {
  return error instanceof VolError && (code === undefined || error.code === code)
}

/** The message of any failure, with what a program said of it: for where one line is all there is room for. */
export function withOutput(error: unknown): string {
  if (!isVolError(error)) return error instanceof Error ? error.message : String(error)
  const output = error.output?.trim() ?? ''
  return output === '' ? error.message : `${error.message} (${output})`
}
