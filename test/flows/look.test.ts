import { cp, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { exampleLook } from '../../src/databases/examples.ts'
import { lookForDatabases, lookIntoAll } from '../../src/databases/look-into.ts'
import { recogniseDatabases } from '../../src/databases/recognise.ts'
import { snapshotOf } from './carry-out.ts'
import { flow, type Flow } from './world.ts'

/** A volume with a dump that Redis wrote. */
async function redisVolume(here: Flow, name: string): Promise<void> {
  const folder = await here.volume(name)
  await writeFile(path.join(folder, 'dump.rdb'), exampleLook('redis').files.get('dump.rdb')?.start ?? '')
}

describe('looking into volumes', () => {
  test('must tell what each of many holds, and leave no helper', async () => {
    const here = await flow()
    for (const name of ['one', 'two']) await redisVolume(here, name)
    await here.volume('three')
    const names = ['three', 'two', 'one']
    const looks = await lookIntoAll(here.world, await Promise.all(names.map((name) => here.observe(name))))
    expect(
      names.map((name) => recogniseDatabases(looks.get(name), name, []).map(({ kind }) => kind)),
    ).toEqual([[], ['redis'], ['redis']])
    expect(await here.world.docker.containers()).toEqual([])
  })

  test('must not bring back a volume that went away meanwhile', async () => {
    const here = await flow()
    await redisVolume(here, 'stays')
    await here.volume('goes')
    const observed = [await here.observe('stays'), await here.observe('goes')]
    await here.world.docker.removeVolume('goes')
    await lookIntoAll(here.world, observed)
    expect((await here.world.docker.volumes()).map(({ name }) => name)).toEqual(['stays'])
    expect(await here.world.docker.containers()).toEqual([])
  })

  test('must pull nothing, and then know only what containers tell', async () => {
    const here = await flow()
    await redisVolume(here, 'data')
    here.engine.container({
      name: 'cache',
      image: 'redis:7',
      environment: { REDIS_VERSION: '7.4.1' },
      mounts: [{ volume: 'data', destination: '/data', readOnly: false }],
    })
    here.engine.image('far/away:1', { remote: true })
    const world = { ...here.world, helperImage: 'far/away:1' }
    const observed = await here.observe('data')
    expect(await lookIntoAll(world, [observed])).toEqual(new Map())
    expect(await lookForDatabases(world, observed)).toMatchObject([{ version: '7.4', recognisedBy: 'image' }])
    expect(await world.docker.image('far/away:1')).toBeUndefined()
    expect(await lookForDatabases(here.world, observed)).toMatchObject([
      { version: '8.0', recognisedBy: 'files' },
    ])
  })

  test('a snapshot must record it, whatever else its files are', async () => {
    const here = await flow()
    await redisVolume(here, 'data')
    await cp(path.join(here.engine.folder('data'), 'dump.rdb'), path.join(here.engine.folder('data'), 'x.db'))
    const { config } = await snapshotOf(here, 'data')
    expect(config.databases).toMatchObject([{ kind: 'redis', version: '8.0', recognisedBy: 'files' }])
    await here.volume('plain')
    expect((await snapshotOf(here, 'plain')).config.databases).toEqual([])
  })
})
