/** Help in docker's own form (docker/cli, cli/cobra.go, usageTemplate). Pure: text from descriptions. */
import type { CommandDescription, FlagDescription, Manifest } from './cli/description.ts'
import { columns, wrap } from './cli/text.ts'

const product = 'docker vol'
const about = 'Snapshot, restore and verify the data in Docker volumes'

const rootFlags: CommandDescription['flags'] = {
  debug: {
    type: 'boolean',
    char: 'D',
    description: 'Show every docker call, and where an unexpected error came from',
  },
}

const rootExamples = [
  `  ${product} snapshot pgdata`,
  `  ${product} restore pgdata@latest`,
  `  ${product} restore --from pgdata.tgz pgdata`,
]

/** `docker vol --help`, for a screen of `width` columns. */
export function rootHelp({ commands }: Manifest, width: number): string {
  const rows = commands
    .filter(({ hidden }) => hidden !== true)
    .map(({ id, summary }): [string, string] => [`  ${id.padEnd(9)}`, summary])
  return [
    `Usage:  ${product} COMMAND`,
    '',
    ...wrap(about, width),
    '',
    'Options:',
    ...options(rootFlags, width),
    '',
    'Commands:',
    ...columns(rows, 3, width),
    '',
    'Examples:',
    ...rootExamples,
    '',
    `Run '${product} COMMAND --help' for more information on a command.`,
    '',
  ].join('\n')
}

/** `docker vol COMMAND --help`. */
export function commandHelp(command: CommandDescription, width: number): string {
  const flags = options(command.flags, width)
  return [
    usageLine(command),
    '',
    ...wrap(command.description ?? command.summary, width),
    ...(command.examples.length === 0 ? [] : ['', 'Examples:', ...examples(command, width)]),
    ...(flags.length === 0 ? [] : ['', 'Options:', ...flags]),
    '',
  ].join('\n')
}

/** `Usage:  docker vol show [OPTIONS] SNAPSHOT`. Without a command, the usage of `docker vol` itself. */
export function usageLine(command?: CommandDescription): string {
  if (command === undefined) return `Usage:  ${product} COMMAND`
  const { usage } = command
  const rest = usage ?? ['[OPTIONS]', ...placeholders(command)].join(' ')
  return `Usage:  ${product} ${command.id} ${rest}`.trimEnd()
}

function placeholders({ args }: CommandDescription): string[] {
  return Object.entries(args)
    .filter(([, { hidden }]) => hidden !== true)
    .map(([name, { required, multiple }]) => {
      const word = name.toUpperCase()
      if (multiple === true) return required === true ? `${word} [${word}...]` : `[${word}...]`
      return required === true ? word : `[${word}]`
    })
}

function examples({ examples: list }: CommandDescription, width: number): string[] {
  return list.flatMap((example, index) => {
    if (typeof example === 'string') return [`  ${example}`]
    const lines = wrap(example.description, width - 4).map((line) => `  # ${line}`)
    return [...(index === 0 ? [] : ['']), ...lines, `  ${example.command}`]
  })
}

function options(flags: CommandDescription['flags'], width: number): string[] {
  const rows = Object.entries(flags)
    .filter(([, { hidden }]) => hidden !== true)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, flag]): [string, string] => [optionName(name, flag), optionText(flag)])
  return rows.length === 0 ? [] : columns(rows, 3, width)
}

function optionName(name: string, flag: FlagDescription): string {
  const short = flag.char === undefined ? '      ' : `  -${flag.char}, `
  const named = flag.helpValue?.toString() ?? (flag.multiple === true ? 'list' : 'string')
  const value = flag.type === 'boolean' ? '' : ` ${named}`
  return `${short}--${flag.allowNo === true ? '[no-]' : ''}${name}${value}`
}

function optionText(flag: FlagDescription): string {
  const text = flag.description ?? ''
  const values = flag.options === undefined ? '' : ` (${flag.options.join(', ')})`
  const standard =
    flag.type === 'option' && typeof flag.default === 'string' ? ` (default "${flag.default}")` : ''
  return `${text}${values}${standard}`
}
