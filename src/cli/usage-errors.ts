import { usageLine } from '../help.ts'
import type { CommandDescription, Manifest } from './description.ts'
import { suggest } from '../suggest.ts'

/**
 * What docker prints when a command line cannot be understood: the mistake, the usage, where to read on
 * (docker/cli, cli/required.go and cli/cobra.go).
 */
export function usageMessage(mistake: string, command?: CommandDescription): string {
  const name = command === undefined ? 'docker vol' : `docker vol ${command.id}`
  return `${mistake}\n\n${usageLine(command)}\n\nRun '${name} --help' for more information\n`
}

/** `docker: unknown command: docker vol nope`, with the commands that were probably meant. */
export function unknownCommand(typed: string, { commands }: Manifest): string {
  const visible = commands.filter(({ hidden }) => hidden !== true).map(({ id }) => id)
  const near = suggest(typed, visible)
  const meant =
    near.length === 0 ? '' : `\n\nDid you mean this?\n${near.map((id) => `        ${id}`).join('\n')}`
  return usageMessage(`docker: unknown command: docker vol ${typed}${meant}`)
}

type ParseError = Error & { readonly oclif?: unknown; readonly flags?: unknown; readonly args?: unknown }

/** Whether oclif's parser threw this: its errors carry an exit code under `oclif`. */
export function isParseError(error: unknown): error is ParseError {
  return error instanceof Error && 'oclif' in error
}

/** An error of oclif's parser in docker's words. */
export function mistakeOf(error: ParseError, command: CommandDescription): string {
  const message = error.message.replace(/\nSee more help with --help$/, '')
  if (message.startsWith('Nonexistent flag') && Array.isArray(error.flags)) {
    return unknownFlag(String(error.flags[0]), command)
  }
  if (/^(Missing|Unexpected argument)/.test(message)) return wrongCount(command)
  const choice = /^Expected --(\S+?)=(.*) to be one of: (.*)$/s.exec(message)
  if (choice !== null) {
    const [, flag = '', value = '', values = ''] = choice
    return `invalid argument ${JSON.stringify(value)} for "--${flag}" flag: must be one of ${values}${
      value.includes('{{') ? ' (templates are not supported)' : ''
    }`
  }
  const bare = /^Flag (--\S+) expects/.exec(message)
  if (bare !== null) return `flag needs an argument: ${bare[1]}`
  const number = /^Parsing --(\S+)\s+Expected an integer(.*) but received: (.*)$/s.exec(message)
  if (number !== null) {
    const [, flag = '', bound = '', value = ''] = number
    return `invalid argument ${JSON.stringify(value)} for "--${flag}" flag: must be an integer${bound}`
  }
  const once = /^Flag (--\S+) can only be specified once/.exec(message)
  if (once !== null) return `flag given more than once: ${once[1]}`
  return message.replace(/^The following errors? occurred:\s*/, '').replaceAll(/\n\s*/g, '\n')
}

function unknownFlag(flag: string, { flags }: CommandDescription): string {
  if (!flag.startsWith('--')) return `unknown shorthand flag: '${flag.charAt(1)}' in ${flag}`
  const name = flag.slice(2).replace(/=.*/, '')
  const visible = Object.entries(flags).filter(([, { hidden }]) => hidden !== true)
  const [near] = suggest(
    name,
    visible.map(([known]) => known),
  )
  return `unknown flag: --${name}${near === undefined ? '' : `\n\nDid you mean --${near}?`}`
}

function wrongCount(command: CommandDescription): string {
  const args = Object.values(command.args)
  const least = args.filter(({ required }) => required === true).length
  const most = args.some(({ multiple }) => multiple === true) ? Infinity : args.length
  const name = `docker: 'docker vol ${command.id}'`
  if (most === 0) return `${name} accepts no arguments`
  if (least === most) return `${name} requires ${plural(least)}`
  if (most === Infinity) return `${name} requires at least ${plural(least)}`
  if (least === 0) return `${name} requires at most ${plural(most)}`
  return `${name} requires at least ${least} and at most ${plural(most)}`
}

function plural(count: number): string {
  return `${count} argument${count === 1 ? '' : 's'}`
}
