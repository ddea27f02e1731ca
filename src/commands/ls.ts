import { Flags } from '@oclif/core'

import { VolCommand } from '../cli/command.ts'
import { parseFilters, passes } from '../cli/filters.ts'
import { filterFlag, formatFlag, noTruncFlag, quietFlag, settingsFlags } from '../cli/flags.ts'
import { overviewAsJson } from '../cli/overview-json.ts'
import { reportList } from '../cli/report.ts'
import { humanAge, humanSize } from '../cli/units.ts'
import { openWorld, silent } from '../cli/world.ts'
import { contentsOf, inWords, isPlainVolume } from '../databases/contents.ts'
import { lookIntoAll } from '../databases/look-into.ts'
import type { Look } from '../databases/look.ts'
import { observeAll } from '../docker/observe.ts'
import type { DatabaseFacts } from '../facts.ts'
import { overviewOf, volumeFilters, type Overview } from '../operations/overview.ts'

/** How much of the name of an anonymous volume is shown. */
const shortName = 12

export default class List extends VolCommand {
  static override summary =
    'List volumes: what they hold, whose they are, who uses them, and their last snapshot'
  static override description = `${this.summary}. What a volume holds is known from the images of its containers, or else from its last snapshot; with --look, volumes of which neither tells are looked into.`
  static override examples = [
    'docker vol ls',
    'docker vol ls --size --filter project=shop',
    'docker vol ls -q --filter dangling=true',
  ]
  static override flags = {
    size: Flags.boolean({
      char: 's',
      description: 'Show how large the volumes are (the engine counts every file)',
    }),
    look: Flags.boolean({
      description: 'Look into volumes of which nothing else tells what they hold, through a helper container',
    }),
    filter: filterFlag(Object.keys(volumeFilters)),
    format: formatFlag,
    quiet: quietFlag,
    'no-trunc': noTruncFlag,
    store: settingsFlags.store,
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(List)
    const { context } = this
    const filters = parseFilters(flags.filter ?? [], Object.keys(volumeFilters))
    const world = await openWorld(context, flags, silent)
    const { docker, store } = world
    const [observed, snapshots, sizes] = await Promise.all([
      observeAll(docker),
      store.list(),
      flags.size ? docker.volumeSizes() : undefined,
    ])
    const rows = overviewOf(observed, snapshots, sizes).filter((overview) =>
      passes(filters, (key, value) => volumeFilters[key]?.(overview, value) ?? false),
    )
    const looks = flags.look ? await lookIntoAll(world, rows.filter(isUnknown)) : new Map<string, Look>()
    const contents = (row: Overview) => contentsOf(row, row.snapshots, looks.get(row.volume.name))
    const now = new Date()
    await reportList(context.terminal, {
      rows,
      ...flags,
      columns: [
        {
          header: 'VOLUME',
          value: (row) => (flags['no-trunc'] ? row.volume.name : shortened(row.volume.name)),
        },
        { header: 'CONTENTS', value: (row) => holds(contents(row), flags['no-trunc']) },
        { header: 'PROJECT', value: projectAndServices },
        { header: 'USED BY', value: (row) => usedBy(row, flags['no-trunc']) },
        ...(flags.size
          ? [
              {
                header: 'SIZE',
                value: ({ size }: Overview) => (size === undefined ? 'N/A' : humanSize(size)),
              },
            ]
          : []),
        { header: 'LAST SNAPSHOT', value: (row) => lastSnapshot(row, now, flags['no-trunc']) },
      ],
      reference: ({ volume }) => volume.name,
      json: (row) => overviewAsJson(row, contents(row)),
    })
  }
}

/** Anonymous volumes are named by 64 hexadecimal digits. */
function shortened(name: string): string {
  return /^[0-9a-f]{64}$/.test(name) ? name.slice(0, shortName) : name
}

function projectAndServices({ project, services }: Overview): string {
  const used = services.join(', ')
  return project === undefined ? used || '-' : `${project}${used === '' ? '' : `/${used}`}`
}

/** Neither a container nor a snapshot tells what it holds, and it can be looked into without waiting. */
function isUnknown(row: Overview): boolean {
  return isPlainVolume(row) && contentsOf(row, row.snapshots).length === 0
}

/** The first that it holds; how many others there are. */
function holds(databases: readonly DatabaseFacts[], all: boolean): string {
  const words = inWords(databases)
  const shown = all ? words : words.slice(0, 1)
  const rest = words.length - shown.length
  return [...shown, ...(rest > 0 ? [`${rest} more`] : [])].join(', ') || '-'
}

/** The containers, those that run first; how many more there are. */
function usedBy({ consumers }: Overview, all: boolean): string {
  const named = [...consumers]
    .sort((a, b) => Number(b.state === 'running') - Number(a.state === 'running'))
    .map(({ name, state }) => (state === 'running' ? name : `${name} (${state})`))
  const shown = all ? named : named.slice(0, 2)
  const rest = named.length - shown.length
  return [...shown, ...(rest > 0 ? [`${rest} more`] : [])].join(', ') || '-'
}

/** `VOLUME@latest` names it; its own ID would not leave room for the rest on a narrow screen. */
function lastSnapshot({ snapshots }: Overview, now: Date, all: boolean): string {
  const last = snapshots.at(-1)
  if (last === undefined) return '-'
  const age = humanAge(new Date(last.config.created), now)
  return all ? `${last.id} (${age})` : age
}
