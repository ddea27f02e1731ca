import { mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import type * as Durable from '../stores/durable.ts'
import { tagOfEndedProcess } from '../stores/ended-process.ts'
import { newProcessTag } from '../stores/process-identity.ts'
import { directoryJournal } from './directory-journal.ts'
import type { HoldEntry, JournalEntry } from './journal.ts'

const synced: string[] = []
vi.mock('../stores/durable.ts', async (original) => {
  const durable = await original<typeof Durable>()
  return {
    ...durable,
    async syncDirectory(directory: string) {
      await durable.syncDirectory(directory)
      synced.push(directory)
    },
  }
})

async function emptyDirectory(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'docker-vol-journal-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return path.join(folder, 'vol', 'journal')
}

function entry(operation: string, changes: Partial<JournalEntry> = {}): JournalEntry {
  return { operation, kind: 'restore', volume: 'pgdata', engine: 'e', made: false, images: ['a'], ...changes }
}

/** Makes entries look as if the process that wrote them had ended. */
async function endOwner(directory: string): Promise<void> {
  const tag = await tagOfEndedProcess()
  for (const name of await readdir(directory))
    await rename(path.join(directory, name), path.join(directory, name.replace(/@.*?\.json/, `@${tag}.json`)))
}

test('an entry is on disk when it has begun, for its owner alone, and so are the directories made for it', async () => {
  const directory = await emptyDirectory()
  synced.length = 0
  await directoryJournal(directory).begin(entry('one'))
  const [name = ''] = await readdir(directory)
  expect(name).toMatch(/^one@.+\.json$/)
  expect(JSON.parse(await readFile(path.join(directory, name), 'utf8'))).toEqual(entry('one'))
  // The entry itself is put there by replaceFile, whose own test is durable.test.ts.
  expect(synced).toEqual([path.dirname(path.dirname(directory)), path.dirname(directory)])
})

test('what ended leaves nothing, and ending what never began is no mistake', async () => {
  const directory = await emptyDirectory()
  const journal = directoryJournal(directory)
  await journal.begin(entry('one'))
  await journal.begin(entry('two'))
  await journal.end('one')
  await journal.end('three')
  expect((await readdir(directory)).map((name) => name.split('@')[0])).toEqual(['two'])
})

test('what a process is at is not interrupted', async () => {
  const directory = await emptyDirectory()
  await directoryJournal(directory).begin(entry('one'))
  expect(await directoryJournal(directory).interrupted()).toEqual([])
})

test('what processes that are gone were at is interrupted, whatever engine it was on', async () => {
  const directory = await emptyDirectory()
  const journal = directoryJournal(directory)
  await journal.begin(entry('one', { made: true }))
  await journal.begin(entry('two', { engine: 'another', kind: 'clone' }))
  await endOwner(directory)
  await journal.begin(entry('three'))
  expect(await journal.interrupted()).toEqual([
    entry('one', { made: true }),
    entry('two', { engine: 'another', kind: 'clone' }),
  ])
})

test('only one process takes over what was interrupted', async () => {
  const directory = await emptyDirectory()
  await directoryJournal(directory).begin(entry('one'))
  await endOwner(directory)
  const journals = Array.from({ length: 8 }, () => directoryJournal(directory))
  const taken = await Promise.all(journals.map((journal) => journal.claim('one')))
  expect(taken.filter(Boolean)).toHaveLength(1)
  expect(await directoryJournal(directory).interrupted(), 'its new owner lives').toEqual([])
  await endOwner(directory)
  expect(await directoryJournal(directory).interrupted(), 'and was killed as well').toEqual([entry('one')])
})

test('what is still being done is not taken over', async () => {
  const directory = await emptyDirectory()
  const journal = directoryJournal(directory)
  await journal.begin(entry('one'))
  expect(await directoryJournal(directory).claim('one')).toBe(false)
  expect(await journal.claim('never-begun')).toBe(false)
})

test('the work of others is what is not over and not one’s own, whether its process lives or not', async () => {
  const directory = await emptyDirectory()
  const [mine, living] = [directoryJournal(directory), directoryJournal(directory)]
  expect(await mine.othersWork()).toEqual([])
  await living.begin(entry('left'))
  await endOwner(directory)
  await living.begin(entry('under-way', { engine: 'another' }))
  await living.begin(hold('held'))
  await mine.begin(entry('mine'))
  expect(await mine.othersWork()).toEqual([entry('left'), entry('under-way', { engine: 'another' })])
  await mine.claim('left')
  await living.end('under-way')
  expect(await mine.othersWork()).toEqual([])
})

test('an entry that was cut off while it was written had announced nothing yet', async () => {
  const directory = await emptyDirectory()
  const journal = directoryJournal(directory)
  await journal.begin(entry('one'))
  await journal.end('one')
  const tag = await tagOfEndedProcess()
  await writeFile(path.join(directory, `two@${tag}.json.new`), '{"operation":')
  expect(await journal.interrupted()).toEqual([])
  expect(await readdir(directory)).toEqual([])
})

test('files of others, of other machines and of processes that live stay as they are', async () => {
  const directory = await emptyDirectory()
  const journal = directoryJournal(directory)
  await journal.begin(entry('one'))
  const elsewhere = (await tagOfEndedProcess()).replace(
    /-[0-9a-f]{8}-([0-9a-f]{8}-[0-9a-f]{8})$/,
    '-00000000-$1',
  )
  const names = ['notes.txt', `x@${elsewhere}.json`, `y@${newProcessTag()}.json.new`, 'z@nobody.json']
  for (const name of names) await writeFile(path.join(directory, name), '{}')
  expect(await journal.interrupted()).toEqual([])
  expect(await readdir(directory)).toEqual(expect.arrayContaining(names))
})

test('there is nothing interrupted where no journal is', async () => {
  const journal = directoryJournal(path.join(await emptyDirectory(), 'never', 'made'))
  expect(await journal.interrupted()).toEqual([])
  expect(await journal.claim('one')).toBe(false)
})

function hold(operation: string, changes: Partial<HoldEntry> = {}): HoldEntry {
  return {
    operation,
    kind: 'hold',
    engine: 'e',
    engineStart: 'then',
    since: '2026-11-23T07:11:55.000Z',
    volumes: ['pgdata'],
    containers: [heldContainer('a')],
    writes: false,
    leftPaused: [],
    ...changes,
  }
}

function heldContainer(id: string): HoldEntry['containers'][number] {
  return {
    id,
    name: 'db',
    how: 'stop',
    volumes: ['pgdata'],
    startedAt: '2026-11-23T07:11:54.123456789Z',
    graceSeconds: 60,
    place: { project: 'shop', service: 'db', number: '1' },
    dependsOn: [{ service: 'cache', condition: 'service_healthy' }],
  }
}

test('a hold is read as it was written, and is no interrupted work on a volume', async () => {
  const directory = await emptyDirectory()
  const journal = directoryJournal(directory)
  const odd = hold('two', {
    engineStart: undefined,
    leftPaused: ['p'],
    containers: [],
    writes: true,
    stays: true,
    starts: [heldContainer('b')],
  })
  expect(await journal.beginHold(hold('one'))).toBeUndefined()
  expect(await journal.beginHold(odd)).toBeUndefined()
  expect(await journal.holds()).toEqual([
    { entry: hold('one'), interrupted: false },
    { entry: odd, interrupted: false },
  ])
  expect(await journal.owns('one')).toBe(true)
  expect(await directoryJournal(directory).owns('one')).toBe(false)
  await endOwner(directory)
  expect((await journal.holds()).map(({ interrupted }) => interrupted)).toEqual([true, true])
  expect(await journal.interrupted()).toEqual([])
})

test('a container is held by one at a time, and one that another holds is nobody else’s to leave as it is', async () => {
  const directory = await emptyDirectory()
  const [one, two] = [directoryJournal(directory), directoryJournal(directory)]
  await one.beginHold(hold('one'))
  expect(await two.beginHold(hold('two'))).toEqual(hold('one'))
  expect(await two.beginHold(hold('two', { containers: [], leftPaused: ['a'] }))).toEqual(hold('one'))
  expect((await two.holds()).map(({ entry: { operation } }) => operation)).toEqual(['one'])
  expect(await two.beginHold(hold('two', { engine: 'another' })), 'on another engine').toBeUndefined()
  expect(await two.beginHold(hold('three', { containers: [heldContainer('b')] }))).toBeUndefined()
  expect(await one.beginHold(hold('one', { volumes: ['more'] })), 'its own').toBeUndefined()
  await endOwner(directory)
  expect(await two.beginHold(hold('four')), 'its process is gone').toBeUndefined()
})

test('of many that begin to hold the same container at once, one does', async () => {
  const directory = await emptyDirectory()
  const journals = Array.from({ length: 6 }, () => directoryJournal(directory))
  const others = await Promise.all(journals.map((journal, index) => journal.beginHold(hold(`h${index}`))))
  expect(others.filter((other) => other === undefined)).toHaveLength(1)
})

test('a hold that is not understood is not passed over', async () => {
  const directory = await emptyDirectory()
  const journal = directoryJournal(directory)
  await journal.begin(hold('one'))
  const [name = ''] = await readdir(directory)
  await writeFile(path.join(directory, name), '{"kind":"hold","containers":"all"}')
  expect(await journal.holds()).toEqual([])
  expect(await journal.unreadableHolds()).toEqual([name])
})

test('a switch of volumes together is no interrupted work, and stays until none of them waits for it', async () => {
  const directory = await emptyDirectory()
  const journal = directoryJournal(directory)
  await journal.begin(entry('one', { together: 'both' }))
  await journal.begin(entry('two', { together: 'both' }))
  expect(await journal.isSwitching('both')).toBe(false)
  await journal.begin({ operation: 'both', kind: 'switch', engine: 'e', volumes: ['pgdata', 'uploads'] })
  expect(await journal.isSwitching('both')).toBe(true)
  await journal.endSettledSwitches()
  await endOwner(directory)
  expect((await journal.interrupted()).map(({ operation, together }) => [operation, together])).toEqual([
    ['one', 'both'],
    ['two', 'both'],
  ])
  await journal.end('one')
  await journal.endSettledSwitches()
  expect(await directoryJournal(directory).isSwitching('both'), 'another still waits').toBe(true)
  await journal.end('two')
  await journal.endSettledSwitches()
  expect(await readdir(directory)).toEqual([])
})

test('a switch that is under way is not ended by others, though its volumes are done', async () => {
  const directory = await emptyDirectory()
  const journal = directoryJournal(directory)
  await journal.begin({ operation: 'both', kind: 'switch', engine: 'e', volumes: [] })
  await directoryJournal(directory).endSettledSwitches()
  expect(await journal.isSwitching('both')).toBe(true)
  await journal.end('both')
  expect(await journal.isSwitching('both')).toBe(false)
})
