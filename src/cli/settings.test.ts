import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

import { expect, test } from 'vitest'

import { memoryContext } from './in-process.ts'
import { readSettings } from './settings.ts'

async function configured(config: string): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'docker-vol-settings-'))
  await writeFile(path.join(directory, 'config.json'), config)
  return directory
}

const both = JSON.stringify({
  plugins: { vol: { store: '/from/config', helperImage: 'config:1', undoKeep: '3d' } },
})

test('without any setting snapshots are kept beside the configuration', async () => {
  const settings = await readSettings({}, memoryContext({ configDirectory: '/none' }))
  expect(settings).toEqual({ store: '/none/vol/snapshots', helperImage: undefined, undoKeep: '7d' })
})

test("docker's configuration comes before the default", async () => {
  const settings = await readSettings({}, memoryContext({ configDirectory: await configured(both) }))
  expect(settings).toEqual({ store: '/from/config', helperImage: 'config:1', undoKeep: '3d' })
})

test('the environment comes before the configuration, a flag before both', async () => {
  const environment = { DOCKER_VOL_STORE: '/from/env', DOCKER_VOL_HELPER_IMAGE: 'env:1' }
  const context = memoryContext({ configDirectory: await configured(both), environment })
  expect(await readSettings({}, context)).toEqual({
    store: '/from/env',
    helperImage: 'env:1',
    undoKeep: '3d',
  })
  expect(
    await readSettings({ store: '/flag', 'helper-image': 'flag:1', 'undo-keep': '1d' }, context),
  ).toEqual({
    store: '/flag',
    helperImage: 'flag:1',
    undoKeep: '1d',
  })
})

test('~ in the configuration is the home directory, another relative path lies beside it', async () => {
  const home = await configured('{"plugins":{"vol":{"store":"~/snapshots"}}}')
  expect(
    (await readSettings({}, memoryContext({ configDirectory: home, environment: { HOME: '/h' } }))).store,
  ).toBe('/h/snapshots')
  const beside = await configured('{"plugins":{"vol":{"store":"s"}}}')
  expect((await readSettings({}, memoryContext({ configDirectory: beside }))).store).toBe(
    path.join(beside, 's'),
  )
})

test('a configuration that cannot be read is an error that names the file, not a silent default', async () => {
  const directory = await configured('{')
  const reading = readSettings({}, memoryContext({ configDirectory: directory }))
  await expect(reading).rejects.toThrow(path.join(directory, 'config.json'))
})
