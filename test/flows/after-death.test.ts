import { readdir, rename } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { putHeldVolumesRight, type PutRightSoFar } from '../../src/plan/after-death.ts'
import { directoryJournal } from '../../src/plan/directory-journal.ts'
import type { World } from '../../src/plan/world.ts'
import { tagOfEndedProcess } from '../../src/stores/ended-process.ts'
import { flow, type Flow } from './world.ts'

const nothingYet = (): PutRightSoFar => ({ claimed: new Set(), done: [] })

/** A restore of a volume, in the journal as one of a process that has ended. */
async function interrupted(here: Flow): Promise<void> {
  const { journal } = here.world
  const entry = { operation: 'one', kind: 'restore', volume: 'data', engine: 'fake', made: false } as const
  await journal.begin({ ...entry, images: [] })
  const [name = ''] = await readdir(journal.location)
  const left = path.join(journal.location, `one@${await tagOfEndedProcess()}.json`)
  await rename(path.join(journal.location, name), left)
}

test('a volume that could not be put right is not taken for right when that is tried again', async () => {
  const here = await flow()
  await here.volume('data')
  await interrupted(here)
  const { journal } = here.world

  // Each try of the watchdog has a world of its own.
  const anew = (): World => ({ ...here.world })
  const broken = (): World => ({
    ...anew(),
    docker: { ...here.world.docker, startHelper: () => Promise.reject(new Error('no helper now')) },
  })
  const soFar = nothingYet()
  for (let tries = 0; tries < 2; tries += 1)
    await expect(putHeldVolumesRight(broken(), ['data'], soFar)).rejects.toThrow('no helper now')
  expect(await putHeldVolumesRight(anew(), ['data'], soFar)).toMatchObject([{ became: 'nothing' }])
  expect(soFar.claimed.size).toBe(0)
  expect(await readdir(journal.location)).toEqual([])
  expect(await putHeldVolumesRight(anew(), ['data']), 'it is over').toEqual([])
})

test('a volume that another has taken over to put right is not right before that one is done', async () => {
  const here = await flow()
  await here.volume('data')
  await interrupted(here)
  const another = directoryJournal(here.world.journal.location)
  expect(await another.claim('one')).toBe(true)
  const soFar = nothingYet()
  await expect(putHeldVolumesRight(here.world, ['data'], soFar)).rejects.toMatchObject({ code: 'BUSY' })
  expect(await putHeldVolumesRight(here.world, ['other'], nothingYet())).toEqual([])
  await another.end('one')
  expect(await putHeldVolumesRight(here.world, ['data'], soFar)).toEqual([])
})

test('one that another was faster to take over is not right either', async () => {
  const here = await flow()
  await here.volume('data')
  await interrupted(here)
  const another = directoryJournal(here.world.journal.location)
  const { journal } = here.world
  const slow = {
    ...journal,
    async interrupted() {
      const found = await journal.interrupted()
      await another.claim('one')
      return found
    },
  }
  const done = putHeldVolumesRight({ ...here.world, journal: slow }, ['data'])
  await expect(done).rejects.toMatchObject({ code: 'BUSY' })
})

test('what was put right before others were in the way is told when they are no more', async () => {
  const here = await flow()
  await here.volume('data')
  await interrupted(here)
  const another = directoryJournal(here.world.journal.location)
  const more = { operation: 'two', kind: 'restore', volume: 'data', engine: 'fake', made: false } as const
  await another.begin({ ...more, images: [] })
  const soFar = nothingYet()
  await expect(putHeldVolumesRight(here.world, ['data'], soFar)).rejects.toMatchObject({ code: 'BUSY' })
  await another.end('two')
  expect(await putHeldVolumesRight(here.world, ['data'], soFar)).toMatchObject([{ became: 'nothing' }])
})
