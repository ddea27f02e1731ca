/** What the pages for people say, held against what there is. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { sourceCommands } from '../src/cli/commands.ts'

const root = path.resolve(import.meta.dirname, '..')
const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...globSync('docs/**/*.md', { cwd: root })]

function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8')
}

describe.each(pages)('%s', (page) => {
  test('links must lead somewhere', () => {
    const broken = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link = '']) => link)
      .filter((link) => !/^https?:/.test(link) && !leadsSomewhere(page, link))
    expect(broken).toEqual([])
  })

  test('files that are named must be there', () => {
    const named = [...read(page).matchAll(/`((?:src|test|scripts|docs|bench|bin)\/[\w./-]+)`/g)]
    const missing = named
      .map(([, file = '']) => file)
      .filter((file) => !existsSync(path.join(root, file)) && !planned.has(file))
    expect(missing).toEqual([])
  })

  test('npm scripts that are named must be there', () => {
    const { scripts }: { scripts: Readonly<Record<string, string>> } = JSON.parse(read('package.json'))
    const named = [...read(page).matchAll(/npm (?:run (?:--silent )?([\w:-]+)|(test))/g)]
    const missing = named
      .map(([, run, own]) => run ?? own ?? '')
      .filter((name) => scripts[name] === undefined)
    expect(missing).toEqual([])
  })

  test('commands that are named must be there', () => {
    const named = [...read(page).matchAll(/(?:`|\$ )docker vol ([a-z]+)/g)].map(([, name = '']) => name)
    const files = new Set(
      globSync('src/commands/*.ts', { cwd: root }).map((file) => path.basename(file, '.ts')),
    )
    expect(named.filter((name) => !files.has(name))).toEqual([])
  })
})

/** Where something will be: what a page says is not there yet, and what its reader is to write. */
const planned: ReadonlySet<string> = new Set(['src/stores/NAME.ts'])

function leadsSomewhere(page: string, link: string): boolean {
  const [file = '', anchor] = link.split('#')
  const target = file === '' ? page : path.join(path.dirname(page), file)
  if (!existsSync(path.join(root, target))) return false
  return anchor === undefined || anchorsOf(target).has(anchor)
}

/** As GitHub makes them of headings. */
function anchorsOf(page: string): ReadonlySet<string> {
  return new Set(
    [...read(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\w\- ]/g, '')
        .replaceAll(' ', '-'),
    ),
  )
}

test('the README must list every command, and each option that it shows must be one', async () => {
  const { commands } = await (await sourceCommands(root)).describe()
  const shown = commands.filter(({ hidden }) => hidden !== true)
  const rows = new Map(
    [...read('README.md').matchAll(/^\| `([a-z]+)[ `].*$/gm)].map(([row, name = '']) => [name, row]),
  )
  expect([...rows.keys()].toSorted()).toEqual(shown.map(({ id }) => id).toSorted())
  for (const { id, flags } of shown)
    for (const [, flag = ''] of (rows.get(id) ?? '').matchAll(/`--([a-z-]+)/g))
      expect(Object.keys(flags), `options of ${id}`).toContain(flag)
})
