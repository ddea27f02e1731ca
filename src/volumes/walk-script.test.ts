import { execa } from 'execa'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { walkReader, endsWalk, type Walk } from './walk.ts'
import { walkFunction } from './walk-script.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'docker-vol-walk-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/** What the shell function says of a tree, as somebody who may not read everything. */
async function walked(of: string, search = process.env['PATH'] ?? ''): Promise<Walk> {
  const command = ['sh', '-c', `${walkFunction}\nwalk "$1" "left out"`, 'sh', of]
  // Root may read everything, unless it is without the capabilities for that. It stays the owner of all above the tree.
  const closed = '-dac_override,-dac_read_search'
  const bound =
    process.getuid?.() === 0 ? ['setpriv', `--inh-caps=${closed}`, `--bounding-set=${closed}`] : []
  const [program = '', ...args] = [...bound, ...command]
  const { stdout } = await execa(program, args, {
    encoding: 'buffer',
    // find wants to come back to where it began; the checkout may be closed to others.
    cwd: '/',
    env: { LC_ALL: 'C', PATH: search },
  })
  let ends = 0
  const reader = walkReader((what, said) => {
    if (!endsWalk(what, said)) return false
    ends += 1
    return true
  })
  reader.push(stdout)
  const walk = reader.finish()
  expect(ends, 'a walk ends once').toBe(1)
  return walk
}

async function tree(name: string): Promise<string> {
  const made = path.join(folder, name)
  await mkdir(made)
  return made
}

/** A find that prints a file and then fails with a message. */
async function findThat(name: string, message: string, code: number): Promise<string> {
  const programs = await tree(`${name}-programs`)
  const text = `#!/bin/sh\nprintf 'd 1 2 3 0.0 0.0 755 0 0 1\\0\\0\\0'\nprintf '%s\\n' "${message}" >&2\nexit ${code}\n`
  await writeFile(path.join(programs, 'find'), text, { mode: 0o755 })
  return `${programs}:${process.env['PATH']}`
}

test('a walk lists every file but what is left out', async () => {
  const made = await tree('all')
  await mkdir(path.join(made, 'a'))
  await writeFile(path.join(made, 'a', 'b'), 'xyz')
  await mkdir(path.join(made, 'left out'))
  await writeFile(path.join(made, 'left out', 'c'), '')
  const walk = await walked(made)
  expect(Array.from({ length: walk.length }, (_, index) => walk.path(index))).toEqual(['', 'a', 'a/b'])
  expect(walk.entry(2)).toMatchObject({ type: 'f', size: 3, links: 1 })
})

test('a walk that could not read a directory fails, whatever else it found, and says which', async () => {
  const made = await tree('closed')
  await writeFile(path.join(made, 'open'), '')
  await mkdir(path.join(made, 'shut'))
  await chmod(path.join(made, 'shut'), 0)
  await expect(walked(made)).rejects.toMatchObject({
    code: 'FAILED',
    output: expect.stringContaining('./shut'),
  })
})

test('a walk of a tree that is not there fails', async () => {
  await expect(walked(path.join(folder, 'none'))).rejects.toMatchObject({ code: 'FAILED' })
})

test('what vanished while it was looked for is no failure', async () => {
  const search = await findThat('gone', "find: './x': No such file or directory", 1)
  expect((await walked(folder, search)).length).toBe(1)
})

test('a name that reads like a vanished file does not hide a failure', async () => {
  const search = await findThat('liar', "find: './x: No such file or directory': Input/output error", 1)
  await expect(walked(folder, search)).rejects.toMatchObject({ code: 'FAILED' })
})

test('a walk whose find was killed fails, though it complained of nothing', async () => {
  const search = await findThat('killed', "find: './x': No such file or directory", 137)
  await expect(walked(folder, search)).rejects.toMatchObject({ code: 'FAILED' })
})
