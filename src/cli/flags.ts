/** The flags that several commands share, in docker's and compose's words. A command picks what it needs. */
import { Flags } from '@oclif/core'

import { consistencies, longestPause } from '../operations/consistency.ts'
import { progressModes } from './progress.ts'

/** `--format table|json`; Go templates are not supported, and the error says so. */
export const formatFlag = Flags.option({
  options: ['table', 'json'] as const,
  default: 'table' as const,
  description: 'Format output',
})()

export const quietFlag = Flags.boolean({ char: 'q', description: 'Only display references' })

export const noTruncFlag = Flags.boolean({ description: "Don't truncate output" })

/** Repeatable; read it with `parseFilters`. */
export const filterFlag = (keys: readonly string[]) =>
  Flags.string({
    char: 'f',
    multiple: true,
    helpValue: 'filter',
    description: `Show only those that match, as KEY=VALUE (${keys.join(', ')})`,
  })

export const dryRunFlag = Flags.boolean({
  description: 'Show what would be done and why, and change nothing',
})

export const yesFlag = Flags.boolean({ char: 'y', description: 'Assume "yes" as answer to all questions' })

export const progressFlag = Flags.option({
  options: progressModes,
  default: 'auto' as const,
  description: 'Set type of progress output',
})()

/** What decides where snapshots are and which image reads volumes; read it with `readSettings`. */
export const settingsFlags = {
  store: Flags.string({ helpValue: 'DIR', description: 'Directory that holds the snapshots' }),
  'helper-image': Flags.string({
    helpValue: 'IMAGE',
    description: 'Image with GNU tar through which volumes are read and written',
  }),
}

/** How long undo copies are kept; `readSettings` has the setting and the default. */
export const undoKeepFlag = Flags.string({
  helpValue: 'TIME',
  description:
    'How long undo copies are kept (30d, 12h, 1y; 7d unless set); the last of a volume stays, but with 0',
})

/** Which Compose project is meant, as `docker compose` takes it. */
export const projectFlags = {
  file: Flags.string({
    char: 'f',
    multiple: true,
    helpValue: 'FILE',
    description: 'Compose configuration files',
  }),
  'project-name': Flags.string({
    char: 'p',
    aliases: ['project'],
    helpValue: 'PROJECT',
    description: 'Project name',
  }),
  profile: Flags.string({ multiple: true, helpValue: 'list', description: 'Specify a profile to enable' }),
  'env-file': Flags.string({
    multiple: true,
    helpValue: 'FILE',
    description: 'Specify an alternate environment file',
  }),
}

/** How a copy of a volume is made consistent; read both with `copyWish`. */
export const consistencyFlags = {
  consistency: Flags.option({
    options: consistencies,
    default: 'auto' as const,
    description:
      "How to make the copy consistent: the database's own backup (native), containers stopped or paused meanwhile, or not at all (live, none); auto chooses",
  })(),
  'max-hold': Flags.string({
    helpValue: 'TIME',
    description: `How long containers may be paused or stopped (20s, 2m; ${longestPause}s unless set for a pause); they go on after it, and the command fails`,
  }),
}
