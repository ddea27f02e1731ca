/** What design.md says about the layout, held against the sources. */
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { sourceCommands } from '../src/cli/commands.ts'

const root = path.resolve(import.meta.dirname, '..')

type Import = { readonly file: string; readonly from: string; readonly onlyTypes: boolean }

/** Files that only tests use, and that lie beside what they test. */
const forTests =
  /\.test\.ts$|\/(busy-writer|contract|directory-under-test|ended-process|examples|in-process)\.ts$/

const sources = globSync('src/**/*.ts', { cwd: root })
  .filter((file) => !forTests.test(file))
  .toSorted()
const imports = sources.flatMap(importsOf)

/** What a plan is made of and carried out with, for those who carry it out. */
const shapes = ['src/plan/step.ts', 'src/plan/world.ts', 'src/plan/journal.ts']

/** The walk, from left to right. Nothing imports anything that stands left of it. */
const walk = [
  ['src/main.ts'],
  ['src/edge.ts', 'src/plugin.ts', 'src/watchdog.ts'],
  ['src/complete.ts', 'src/commands/'],
  ['src/cli/', 'src/help.ts'],
  ['src/operations/', 'src/audit/'],
  ['src/plan/'],
  [
    'src/compose/',
    'src/databases/',
    'src/docker/',
    'src/frames/',
    'src/holds/',
    'src/migrate/',
    'src/snapshots/',
    'src/stores/',
    'src/tar/',
    'src/volumes/',
  ],
  ['src/facts.ts', 'src/errors.ts', 'src/units.ts', 'src/suggest.ts'],
]

describe('the walk', () => {
  test('every file has a place in it', () => {
    expect(sources.filter((file) => placeOf(file) === -1)).toEqual([])
  })

  test('nothing imports anything on its left', () => {
    const backwards = imports.filter(({ file, from, onlyTypes }) => {
      if (onlyTypes && shapes.includes(from)) return false
      return from.startsWith('src/') && placeOf(from) < placeOf(file)
    })
    expect(backwards.map(described)).toEqual([])
  })

  test('the nouns and the errors import nothing', () => {
    const nouns = ['src/facts.ts', 'src/errors.ts']
    expect(imports.filter(({ file }) => nouns.includes(file)).map(described)).toEqual([])
  })

  test('operations decide and do nothing: they import no part of Node, no docker and no store', () => {
    const effects = imports.filter(
      ({ file, from, onlyTypes }) =>
        file.startsWith('src/operations/') &&
        !onlyTypes &&
        !/^src\/(plan\/step|holds\/plan-hold|audit\/model\/|snapshots\/|errors|facts|units|operations\/|tar\/name)/.test(
          from,
        ),
    )
    expect(effects.map(described)).toEqual([])
  })
})

describe('one place for each thing', () => {
  test.each([
    ['@oclif/core', /^src\/(commands|cli)\/|^src\/(help|main|edge)\.ts$/],
    ['execa', /^src\/docker\//],
    ['listr2', /^src\/cli\/progress-[a-z]+\.ts$/],
    ['yaml', /^src\/(audit|compose|docker)\//],
    ['node:child_process', /^src\/(main|complete|cli\/strays|docker\/|plan\/).*ts$/],
  ])('%s is imported only where it belongs', (wanted, place) => {
    const elsewhere = imports.filter(
      ({ file, from }) => (from === wanted || from.startsWith(`${wanted}/`)) && !place.test(file),
    )
    expect(elsewhere.map(described)).toEqual([])
  })

  test('only the edge knows the environment, the command line and the end of the process', () => {
    const knows = /\bprocess\.(env|argv|exit|exitCode|chdir|stdin|stdout|stderr)\b/
    // The last is given the process whose signals it hears.
    const edge = ['src/main.ts', 'src/edge.ts', 'src/watchdog.ts', 'src/cli/cancellation.ts']
    const found = sources.filter((file) => !edge.includes(file) && knows.test(codeOf(file)))
    expect(found).toEqual([])
  })

  test('no file is a drawer for everything', () => {
    const drawers = /(^|[-/])(utils?|helpers|managers?|common|misc|shared)\.ts$/
    expect(sources.filter((file) => drawers.test(file))).toEqual([])
  })
})

describe('commands', async () => {
  const { commands } = await (await sourceCommands(root)).describe()

  test('every file in src/commands is a command', () => {
    const files = sources.filter((file) => file.startsWith('src/commands/'))
    expect(commands.map(({ id }) => `src/commands/${id}.ts`).toSorted()).toEqual(files)
  })

  test.each(commands.filter(({ hidden }) => !hidden))('$id says what it does and shows how', (command) => {
    expect(command.summary).toMatch(/^[A-Z].*[^.]$/)
    expect(command.description).toMatch(/\S/)
    expect(command.examples).not.toEqual([])
    for (const example of command.examples ?? []) expect(example).toContain('docker vol')
  })
})

test('the version that docker is told is that of the package', () => {
  expect(versionIn('plugin-metadata.json', 'Version')).toBe(
    `v${String(versionIn('package.json', 'version'))}`,
  )
})

/** A hint and no rule: one idea a file is what counts. */
test('most files are short', () => {
  const long = sources.filter((file) => readFileSync(path.join(root, file), 'utf8').split('\n').length > 200)
  expect(long.length / sources.length).toBeLessThan(0.1)
})

function versionIn(file: string, key: string): unknown {
  const content: Readonly<Record<string, unknown>> = JSON.parse(readFileSync(path.join(root, file), 'utf8'))
  return content[key]
}

function placeOf(file: string): number {
  return walk.findIndex((places) =>
    places.some((place) => file === place || (place.endsWith('/') && file.startsWith(place))),
  )
}

/** Static and dynamic imports, and what is exported from elsewhere. */
function importsOf(file: string): readonly Import[] {
  const pattern = /(?:^(?:import|export)\s(?<clause>[^'"]*?\sfrom\s)?|\bimport\()\s*'(?<from>[^']+)'/gm
  return [...codeOf(file).matchAll(pattern)].map(({ groups }) => {
    const clause = groups?.['clause'] ?? ''
    const from = groups?.['from'] ?? ''
    const names =
      /\{(.*)\}/s
        .exec(clause)?.[1]
        ?.split(',')
        .filter((name) => name.trim() !== '') ?? []
    const eachIsType = names.length > 0 && names.every((name) => name.trim().startsWith('type '))
    return {
      file,
      from: from.startsWith('.') ? path.join(path.dirname(file), from) : from,
      onlyTypes: clause.startsWith('type ') || (eachIsType && clause.trimStart().startsWith('{')),
    }
  })
}

function codeOf(file: string): string {
  return readFileSync(path.join(root, file), 'utf8').replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '')
}

function described({ file, from }: Import): string {
  return `${file} imports ${from}`
}
