import { readdir, rename } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { putHeldVolumesRight } from '../../src/plan/after-death.ts'
import type { JournalEntry } from '../../src/plan/journal.ts'
import { directoryJournal } from '../../src/plan/directory-journal.ts'
import type { World } from '../../src/plan/world.ts'
import { tagOfEndedProcess } from '../../src/stores/ended-process.ts'
import { flow } from './world.ts'

test('a volume that could not be put right is not taken for right when that is tried again', async () => {
  const here = await flow()
  await here.volume('data')
  const { journal } = here.world
  const entry = { operation: 'one', kind: 'restore', volume: 'data', engine: 'fake', made: false } as const
  await journal.begin({ ...entry, images: [] })
  const [name = ''] = await readdir(journal.location)
  const left = path.join(journal.location, `one@${await tagOfEndedProcess()}.json`)
  await rename(path.join(journal.location, name), left)

  // Each try of the watchdog has a world of its own.
  const anew = (): World => ({ ...here.world, journal: directoryJournal(journal.location) })
  const broken = (): World => ({
    ...anew(),
    docker: { ...here.world.docker, startHelper: () => Promise.reject(new Error('no helper now')) },
  })
  const claimed = new Set<JournalEntry>()
  for (let tries = 0; tries < 2; tries += 1)
    await expect(putHeldVolumesRight(broken(), ['data'], claimed)).rejects.toThrow('no helper now')
  expect(await putHeldVolumesRight(anew(), ['data'], claimed)).toMatchObject([{ became: 'nothing' }])
  expect(claimed.size).toBe(0)
  expect(await readdir(journal.location)).toEqual([])
  expect(await putHeldVolumesRight(anew(), ['data'], claimed)).toEqual([])
})
