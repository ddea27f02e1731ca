import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { examine, type Finding } from '../../src/plan/doctor.ts'
import { putInterruptedRight } from '../../src/plan/interrupted.ts'
import type { JournalEntry } from '../../src/plan/journal.ts'
import { tagOfEndedProcess } from '../../src/stores/ended-process.ts'
import { flow, type Flow } from './world.ts'

/** What a killed run leaves: its entry in the journal, and a volume with a staging directory. */
async function killed(here: Flow, volume: string, changes: Partial<JournalEntry> = {}): Promise<void> {
  const operation = `of-${volume}`
  const entry = {
    operation,
    kind: 'restore',
    volume,
    engine: 'fake',
    made: false,
    images: [],
    ...changes,
  } as const
  await here.world.journal.begin(entry)
  const { location } = here.world.journal
  const [name = ''] = (await readdir(location)).filter((each) => each.startsWith(`${operation}@`))
  await rename(
    path.join(location, name),
    path.join(location, `${operation}@${await tagOfEndedProcess()}.json`),
  )
}

async function stage(folder: string, state: string | undefined): Promise<void> {
  const staging = path.join(folder, '.docker-vol-restore')
  await mkdir(path.join(staging, 'new'), { recursive: true })
  await mkdir(path.join(staging, 'old'))
  await writeFile(path.join(staging, 'new', 'fresh'), '')
  if (state !== undefined) await writeFile(path.join(staging, 'state'), `${state}\n`)
}

async function findings(here: Flow): Promise<readonly Finding[]> {
  const found: Finding[] = []
  for await (const finding of examine(here.world)) found.push(finding)
  return found.filter(({ check }) => check === 'interrupted runs')
}

describe('what an interrupted run left', () => {
  test('is undone when it had only been unpacked', async () => {
    const here = await flow()
    const folder = await here.volume('data')
    await writeFile(path.join(folder, 'precious'), 'x')
    await stage(folder, 'staging')
    await killed(here, 'data')
    expect(await putInterruptedRight(here.world)).toEqual([
      {
        about: 'An interrupted restore of the volume "data" was undone; the volume is as it was.',
        mended: true,
      },
    ])
    expect(await readdir(folder)).toEqual(['precious'])
    expect(await putInterruptedRight(here.world)).toEqual([])
    expect(await readdir(here.world.journal.location)).toEqual([])
  })

  test('goes with the volume when that was made for it and holds nothing', async () => {
    const here = await flow()
    await stage(await here.volume('made'), 'staging')
    await killed(here, 'made', { made: true })
    await putInterruptedRight(here.world)
    expect(await here.world.docker.volume('made')).toBeUndefined()
  })

  test('leaves a volume that was made for it when the restore was over, or somebody has filled it', async () => {
    const here = await flow()
    await writeFile(path.join(await here.volume('made'), 'restored'), 'x')
    await killed(here, 'made', { made: true })
    await putInterruptedRight(here.world)
    expect(await readFile(path.join(here.engine.folder('made'), 'restored'), 'utf8')).toBe('x')
    expect(await readdir(here.world.journal.location)).toEqual([])
  })

  test('leaves a volume that was made for it when a container has it by now', async () => {
    const here = await flow()
    await here.volume('made')
    const mounts = [{ volume: 'made', destination: '/data', readOnly: false }]
    here.engine.container({ name: 'db', mounts, state: 'exited' })
    await killed(here, 'made', { made: true })
    await putInterruptedRight(here.world)
    expect(await here.world.docker.volume('made')).toBeDefined()
  })

  test('needs nothing when the volume is gone, and does not bring it back', async () => {
    const here = await flow()
    await killed(here, 'gone')
    expect(await putInterruptedRight(here.world)).toMatchObject([{ mended: true }])
    expect(await here.world.docker.volumes()).toEqual([])
  })

  test('and cannot be put right is told, stays in the journal, and keeps nobody from the rest', async () => {
    const here = await flow()
    await stage(await here.volume('aa'), 'of-a-later-version')
    await killed(here, 'aa')
    await stage(await here.volume('bb'), 'staging')
    await killed(here, 'bb')
    expect(await putInterruptedRight(here.world)).toMatchObject([
      { mended: false, about: expect.stringContaining('"aa" could not be put right') },
      { mended: true, about: expect.stringContaining('"bb" was undone') },
    ])
    expect(await readdir(path.join(here.engine.folder('aa'), '.docker-vol-restore', 'new'))).toEqual([
      'fresh',
    ])
    expect((await readdir(here.world.journal.location)).map((name) => name.split('@')[0])).toEqual(['of-aa'])
  })

  test('on another engine is left alone; doctor says where it waits', async () => {
    const here = await flow()
    const folder = await here.volume('data')
    await stage(folder, 'staging')
    await killed(here, 'data', { engine: 'another' })
    expect(await putInterruptedRight(here.world)).toEqual([])
    expect(await readdir(folder)).toEqual(['.docker-vol-restore'])
    expect(await findings(here)).toMatchObject([
      { state: 'ok', about: expect.stringMatching(/"data" on another engine \(another\).*of-data@\*\.json/) },
    ])
  })
})

test('doctor puts right what was interrupted, says so, and then finds nothing', async () => {
  const here = await flow()
  await stage(await here.volume('data'), undefined)
  await killed(here, 'data')
  expect(await findings(here)).toMatchObject([
    { state: 'mended', about: expect.stringContaining('was undone') },
  ])
  expect(await findings(here)).toEqual([{ check: 'interrupted runs', state: 'ok', about: 'none' }])
})
