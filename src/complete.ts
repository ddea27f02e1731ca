/**
 * Shell completion by cobra's protocol (docker/cli, vendor/github.com/spf13/cobra/completions.go): a candidate a
 * line, a tab before its description, then `:` and a number that tells the shell what to do if that is not enough.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

import type { CommandSource } from './cli/commands.ts'
import type { CommandContext } from './cli/context.ts'
import {
  type CommandDescription,
  type FlagDescription,
  kindOfValue,
  type ValueKind,
} from './cli/description.ts'

type Candidate = { readonly value: string; readonly description?: string | undefined }
type Completion = { readonly candidates: readonly Candidate[]; readonly directive: number }

const noFiles = 4
const filesToo = 0
const directoriesOnly = 16
const patience = 2000

type Options = { readonly context: CommandContext; readonly source: CommandSource; readonly bare: boolean }

/** Prints the candidates for the last of `words`. A failure leaves the shell without candidates, not with noise. */
export async function completeWords(words: readonly string[], options: Options): Promise<number> {
  const { context, source, bare } = options
  const { candidates, directive } = await complete(words, context, source).catch((): Completion => ({
    candidates: [],
    directive: noFiles,
  }))
  const withoutDescriptions = bare || /^(1|t|true)$/i.test(context.environment[descriptionsOff] ?? '')
  const lines = candidates
    // A candidate that would break the protocol's lines is none.
    // oxlint-disable-next-line no-control-regex
    .filter(({ value }) => value !== '' && !/[\u0000-\u001f\u007f]/.test(value))
    .map(({ value, description = '' }) =>
      withoutDescriptions || description === '' ? value : `${value}\t${description.split('\n')[0]}`,
    )
  await context.terminal.out([...lines, `:${directive}`, ''].join('\n'))
  return 0
}

const descriptionsOff = 'DOCKER_CLI_DISABLE_COMPLETION_DESCRIPTION'

async function complete(
  words: readonly string[],
  context: CommandContext,
  source: CommandSource,
): Promise<Completion> {
  const { commands } = await source.describe()
  const word = words.at(-1) ?? ''
  const before = words.slice(0, -1)
  const at = before.findIndex((each) => !each.startsWith('-') && each !== 'help')
  const command = at === -1 ? undefined : commands.find(({ id }) => id === before[at])
  if (command === undefined) {
    if (at !== -1) return { candidates: [], directive: noFiles }
    const visible = commands.filter(({ hidden }) => hidden !== true)
    return only(
      word,
      visible.map(({ id, summary }) => ({ value: id, description: summary })),
    )
  }
  if (before.includes('help')) return { candidates: [], directive: noFiles }
  const { pending, given, flagsAllowed } = readBefore(before.slice(at + 1), command)
  if (pending !== undefined) return valuesOf(pending, word, command, { context, source })
  const equals = word.indexOf('=')
  if (flagsAllowed && word.startsWith('--') && equals !== -1) {
    const flag = command.flags[word.slice(2, equals)]
    if (flag === undefined) return { candidates: [], directive: noFiles }
    return valuesOf(flag, word.slice(equals + 1), command, { context, source })
  }
  if (flagsAllowed && word.startsWith('-')) return only(word, flagCandidates(command, before))
  const kind = argumentKind(command, given.length)
  if (kind === undefined) return { candidates: [], directive: noFiles }
  const { candidates, directive } = await valuesOfKind(kind, word, command, { context, source })
  return { candidates: candidates.filter(({ value }) => !given.includes(value)), directive }
}

/** What the words before mean: the flag whose value comes next, if any, and the arguments that are there. */
function readBefore(
  words: readonly string[],
  { flags }: CommandDescription,
): { pending: FlagDescription | undefined; given: string[]; flagsAllowed: boolean } {
  const given: string[] = []
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? ''
    if (word === '--')
      return { pending: undefined, given: [...given, ...words.slice(index + 1)], flagsAllowed: false }
    if (!word.startsWith('-') || word === '-') given.push(word)
    else {
      const flag = flagOf(word, flags)
      if (flag?.type !== 'option') continue
      index += 1
      if (index === words.length) return { pending: flag, given, flagsAllowed: true }
    }
  }
  return { pending: undefined, given, flagsAllowed: true }
}

/** The flag of a word that has its value in the next word: `--format`, `-f` or `-qf`, but not `--format=x`. */
function flagOf(word: string, flags: CommandDescription['flags']): FlagDescription | undefined {
  if (word.includes('=')) return undefined
  if (word.startsWith('--')) {
    const name = word.slice(2)
    return flags[name] ?? Object.values(flags).find(({ aliases }) => aliases?.includes(name))
  }
  return Object.values(flags).find(({ char }) => char === word.at(-1))
}

function flagCandidates({ flags }: CommandDescription, before: readonly string[]): Candidate[] {
  return Object.entries(flags)
    .filter(([, { hidden }]) => hidden !== true)
    .filter(
      ([name, { multiple }]) =>
        multiple === true || !before.some((each) => each.split('=')[0] === `--${name}`),
    )
    .flatMap(([name, { char, description }]) => [
      { value: `--${name}`, description },
      ...(char === undefined ? [] : [{ value: `-${char}`, description }]),
    ])
}

function argumentKind({ args }: CommandDescription, position: number): ValueKind | undefined {
  const entries = Object.entries(args)
  const last = entries.at(-1)
  const entry = entries[position] ?? (last?.[1].multiple === true ? last : undefined)
  return entry === undefined ? undefined : kindOfValue(entry[0])
}

type Surroundings = { readonly context: CommandContext; readonly source: CommandSource }

async function valuesOf(
  flag: FlagDescription,
  word: string,
  command: CommandDescription,
  surroundings: Surroundings,
): Promise<Completion> {
  if (flag.options !== undefined) {
    return only(
      word,
      flag.options.map((value) => ({ value })),
    )
  }
  return valuesOfKind(kindOfValue(flag.helpValue?.toString()), word, command, surroundings)
}

/** docker's own lists are asked of docker; what only a command knows, as snapshots, of the command. */
async function valuesOfKind(
  kind: ValueKind,
  word: string,
  { id }: CommandDescription,
  { context, source }: Surroundings,
): Promise<Completion> {
  if (kind === 'file') return { candidates: [], directive: filesToo }
  if (kind === 'directory') return { candidates: [], directive: directoriesOnly }
  const question = dockerQuestions[kind]
  if (question !== undefined) return only(word, await askLines(question, context))
  const command = kind === 'other' ? undefined : await source.load(id)
  const values = (await command?.complete?.(kind, word, context)) ?? []
  return only(
    word,
    values.map((value) => ({ value })),
  )
}

const dockerQuestions: Partial<Record<ValueKind, readonly string[]>> = {
  volume: ['volume', 'ls', '--quiet'],
  project: ['compose', 'ls', '--all', '--quiet'],
  image: ['image', 'ls', '--format', '{{.Repository}}:{{.Tag}}'],
}

/** Without execa, which takes longer to load than the answer takes. */
async function askLines(question: readonly string[], context: CommandContext): Promise<Candidate[]> {
  const { dockerCommand, globals, environment, signal } = context
  const { stdout } = await promisify(execFile)(dockerCommand, [...globals, ...question], {
    env: environment,
    signal,
    timeout: patience,
  })
  return stdout.split('\n').map((value) => ({ value }))
}

function only(word: string, candidates: readonly Candidate[]): Completion {
  return { candidates: candidates.filter(({ value }) => value.startsWith(word)), directive: noFiles }
}
