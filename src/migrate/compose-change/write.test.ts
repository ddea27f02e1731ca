import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ComposeProposal } from './propose.ts'
import { writeChange, type AskCompose } from './write.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'docker-vol-write-'))
})
afterEach(async () => rm(folder, { recursive: true, force: true }))

/** Two files, each with an edit. */
async function twoFiles(): Promise<ComposeProposal> {
  const names = ['base.yaml', 'compose.yaml']
  for (const name of names) await writeFile(path.join(folder, name), `old ${name}`)
  return {
    origin: {
      project: 'shop',
      files: names.map((name) => path.join(folder, name)),
      directory: folder,
      environmentFiles: [],
      services: ['db'],
    },
    changes: names.map((name) => ({
      path: path.join(folder, name),
      name,
      before: `old ${name}`,
      after: `new ${name}`,
    })),
    wants: [{ what: 'image', service: 'db', image: 'postgres:18' }],
    byHand: [],
    notes: [],
  }
}

async function texts(): Promise<readonly string[]> {
  const names = (await readdir(folder)).toSorted()
  return await Promise.all(names.map(async (name) => readFile(path.join(folder, name), 'utf8')))
}

/** Compose that answers with these images, one after the other. */
function composeSaying(...images: readonly string[]): AskCompose {
  const left = [...images]
  return async () => ({ model: { services: { db: { image: left.shift() ?? '' } } } })
}

const untouched = ['old base.yaml', 'old compose.yaml']

test('all files must be written, with the mode that they have', async () => {
  const proposal = await twoFiles()
  await chmod(path.join(folder, 'base.yaml'), 0o640)
  await writeChange(proposal, composeSaying('postgres:17', 'postgres:18'))
  expect(await texts()).toEqual(['new base.yaml', 'new compose.yaml'])
  expect((await stat(path.join(folder, 'base.yaml'))).mode & 0o777).toBe(0o640)
})

test('a file that was changed meanwhile must be left, and the others be put back', async () => {
  const proposal = await twoFiles()
  await writeFile(path.join(folder, 'compose.yaml'), 'somebody else')
  await expect(writeChange(proposal)).rejects.toThrow('was changed meanwhile')
  expect(await texts()).toEqual(['old base.yaml', 'somebody else'])
})

test('files must be put back when Compose reads them otherwise than was meant, or not at all', async () => {
  const proposal = await twoFiles()
  const other = writeChange(proposal, composeSaying('postgres:17', 'postgres:19'))
  await expect(other).rejects.toThrow('otherwise than was meant')
  expect(await texts()).toEqual(untouched)
  const answers = [{ model: { services: { db: { image: 'postgres:17' } } } }, { refused: 'no' }]
  await expect(writeChange(proposal, async () => answers.shift() ?? { absent: true })).rejects.toThrow(
    'otherwise than was meant',
  )
  expect(await texts()).toEqual(untouched)
})

test('nothing must be written while part of it is for a person to do', async () => {
  const proposal = await twoFiles()
  await expect(writeChange({ ...proposal, byHand: ['Set V to 18.'] })).rejects.toThrow('by hand')
  expect(await texts()).toEqual(untouched)
})

test('what Compose did not take before must not keep an edit from being written', async () => {
  await writeChange(await twoFiles(), async () => ({ refused: 'a variable is missing' }))
  expect(await texts()).toEqual(['new base.yaml', 'new compose.yaml'])
})
