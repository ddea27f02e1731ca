import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { expect, test } from 'vitest'

import type { CommandSource } from './cli/commands.ts'
import type { CommandDescription } from './cli/description.ts'
import { memoryContext, memoryTerminal } from './cli/in-process.ts'
import { completeWords } from './complete.ts'

const show: CommandDescription = {
  id: 'show',
  summary: 'Show one snapshot',
  examples: [],
  flags: {
    format: { type: 'option', options: ['table', 'json'], description: 'Format output' },
    quiet: { type: 'boolean', char: 'q', description: 'Only references' },
    filter: { type: 'option', char: 'f', multiple: true, description: 'Filter' },
    store: { type: 'option', helpValue: 'DIR', description: 'Store' },
    from: { type: 'option', helpValue: 'FILE', description: 'Archive' },
    debug: { type: 'boolean', hidden: true },
  },
  args: { snapshot: { required: true } },
}
const commands: CommandDescription[] = [
  show,
  { ...show, id: 'snapshot', summary: 'Take snapshots', args: { volume: { multiple: true } } },
  { ...show, id: 'secret', hidden: true },
]
const source: CommandSource = {
  version: '1',
  describe: async () => ({ version: '1', commands }),
  load: async () => {
    const { default: Version } = await import('./commands/version.ts')
    return class extends Version {
      static override complete = async (kind: string) => [`${kind}@1`, 'bad\nline']
    }
  },
}

function fakeDocker(script: string): string {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'docker-vol-complete-')), 'docker')
  writeFileSync(file, `#!/bin/sh\n${script}\n`)
  chmodSync(file, 0o755)
  return file
}

async function completed(words: readonly string[], { bare = true, docker = 'docker-is-not-there' } = {}) {
  const terminal = memoryTerminal()
  const context = memoryContext({ terminal, dockerCommand: docker })
  expect(await completeWords(words, { context, source, bare })).toBe(0)
  return terminal.printed().stdout.split('\n').slice(0, -1)
}

test.each([
  [[''], ['show', 'snapshot', ':4']],
  [['sn'], ['snapshot', ':4']],
  [['nope', ''], [':4']],
  [
    ['help', 'sn'],
    ['snapshot', ':4'],
  ],
  [
    ['-D', 'sho'],
    ['show', ':4'],
  ],
  [
    ['show', '--f'],
    ['--format', '--filter', '--from', ':4'],
  ],
  [
    ['show', '--format', 'json', '--f'],
    ['--filter', '--from', ':4'],
  ],
  [
    ['show', '--filter', 'a=b', '--fi'],
    ['--filter', ':4'],
  ],
  [
    ['show', '-q'],
    ['-q', ':4'],
  ],
  [
    ['show', '--format', ''],
    ['table', 'json', ':4'],
  ],
  [
    ['show', '--format', 'j'],
    ['json', ':4'],
  ],
  [
    ['show', '--format=j'],
    ['json', ':4'],
  ],
  [['show', '--store', ''], [':16']],
  [['show', '--from', ''], [':0']],
  [['show', '--', '--f'], [':4']],
  [['show', 'x@1', ''], [':4']],
  [
    ['show', ''],
    ['snapshot@1', ':4'],
  ],
])('the words %j are completed by %j', async (words, expected) => {
  expect(await completed(words)).toEqual(expected)
})

test('descriptions stand after a tab', async () => {
  expect(await completed(['sh'], { bare: false })).toEqual(['show\tShow one snapshot', ':4'])
})

test('volumes are those of docker, without those that are given already', async () => {
  const docker = fakeDocker('[ "$*" = "volume ls --quiet" ] && printf "pgdata\\nmedia\\n"')
  expect(await completed(['snapshot', ''], { docker })).toEqual(['pgdata', 'media', ':4'])
  expect(await completed(['snapshot', 'media', ''], { docker })).toEqual(['pgdata', ':4'])
})

test('a docker that fails gives no candidates and no noise', async () => {
  expect(await completed(['snapshot', ''], { docker: fakeDocker('exit 1') })).toEqual([':4'])
  expect(await completed(['snapshot', ''])).toEqual([':4'])
})
