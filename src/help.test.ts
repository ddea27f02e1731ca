import { expect, test } from 'vitest'

import type { CommandDescription } from './cli/description.ts'
import { commandHelp, rootHelp, usageLine } from './help.ts'

const snapshot: CommandDescription = {
  id: 'snapshot',
  summary: 'Take snapshots',
  description:
    'Take a consistent snapshot of each volume. What must be stopped for it is started again afterwards.',
  examples: [
    { description: 'Snapshot one volume', command: 'docker vol snapshot pgdata' },
    { description: 'Snapshot a whole project', command: 'docker vol snapshot --project shop' },
  ],
  flags: {
    quiet: { type: 'boolean', char: 'q', description: 'Only display references' },
    debug: { type: 'boolean', char: 'D', hidden: true },
    progress: {
      type: 'option',
      options: ['auto', 'plain'],
      default: 'auto',
      description: 'Set type of progress output',
    },
    file: { type: 'option', char: 'f', multiple: true, helpValue: 'FILE', description: 'Compose files' },
    profile: { type: 'option', multiple: true, description: 'Profiles' },
    verify: { type: 'boolean', allowNo: true, description: 'Read it again' },
  },
  args: { volume: { multiple: true } },
}

test('the help of a command looks like docker’s', () => {
  expect(commandHelp(snapshot, 70)).toMatchInlineSnapshot(`
    "Usage:  docker vol snapshot [OPTIONS] [VOLUME...]

    Take a consistent snapshot of each volume. What must be stopped for it
    is started again afterwards.

    Examples:
      # Snapshot one volume
      docker vol snapshot pgdata

      # Snapshot a whole project
      docker vol snapshot --project shop

    Options:
      -f, --file FILE         Compose files
          --profile list      Profiles
          --progress string   Set type of progress output (auto, plain)
                              (default "auto")
      -q, --quiet             Only display references
          --[no-]verify       Read it again
    "
  `)
})

test('the list of commands is aligned, hidden ones are left out', () => {
  const commands = [
    snapshot,
    { ...snapshot, id: 'ls', summary: 'List volumes' },
    { ...snapshot, id: 'x', hidden: true },
  ]
  expect(rootHelp({ version: '1', commands }, 80)).toMatchInlineSnapshot(`
    "Usage:  docker vol COMMAND

    Snapshot, restore and verify the data in Docker volumes

    Options:
      -D, --debug   Show every docker call, and where an unexpected error came from

    Commands:
      snapshot    Take snapshots
      ls          List volumes

    Examples:
      docker vol snapshot pgdata
      docker vol restore pgdata@latest
      docker vol restore --from pgdata.tgz pgdata

    Run 'docker vol COMMAND --help' for more information on a command.
    "
  `)
})

test.each([
  [{}, 'ls [OPTIONS]'],
  [{ snapshot: { required: true } }, 'ls [OPTIONS] SNAPSHOT'],
  [{ volume: {} }, 'ls [OPTIONS] [VOLUME]'],
  [{ volume: { required: true, multiple: true } }, 'ls [OPTIONS] VOLUME [VOLUME...]'],
  [{ src: { required: true }, dst: { required: true } }, 'ls [OPTIONS] SRC DST'],
])('the arguments %j are shown as %s', (args, expected) => {
  expect(usageLine({ ...snapshot, id: 'ls', args })).toBe(`Usage:  docker vol ${expected}`)
})

test('on a narrow screen no line of text is wider than it', () => {
  const lines = commandHelp(snapshot, 50).split('\n')
  expect(
    Math.max(...lines.filter((line) => !line.startsWith('  docker')).map((line) => line.length)),
  ).toBeLessThan(51)
})
