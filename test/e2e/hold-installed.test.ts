/** The watchdog as it is installed, without sources: it puts a volume right before anybody goes on in it. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { expect, inject, test } from 'vitest'
import { directoryJournal } from '../../src/plan/directory-journal.ts'
import { tagOfEndedProcess } from '../../src/stores/ended-process.ts'
import { startedAt, statesOf } from './checks.ts'
import { expectReleased } from './holding.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('hold-installed')

test('it undoes a restore that was cut off, then starts what was stopped for it', async () => {
  const volume = await bed.volume()
  const container = await bed.container({ volumes: { [volume]: '/data' } })
  await bed.shell(volume, 'echo precious >file')
  await bed.docker('stop', container)
  const folder = await bed.mountpoint(volume)
  await mkdir(path.join(folder, '.docker-vol-restore', 'new'), { recursive: true })
  await writeFile(path.join(folder, '.docker-vol-restore', 'new', 'half'), '')
  await writeFile(path.join(folder, '.docker-vol-restore', 'state'), 'staging\n')

  const location = path.join(bed.configuration, 'vol', 'journal')
  const journal = directoryJournal(location)
  const engine = (await bed.docker('info', '--format', '{{.ID}}')).stdout.trim()
  const id = (await bed.docker('inspect', '--format', '{{.Id}}', container)).stdout.trim()
  const startedThen = await startedAt(bed, container)
  const held = { id, name: container, how: 'stop', volumes: [volume], startedAt: startedThen } as const
  const common = { engine, volume, images: [] }
  await journal.begin({ operation: 'restoring', kind: 'restore', made: false, ...common })
  await journal.begin({
    operation: 'holding',
    kind: 'hold',
    engine,
    engineStart: undefined,
    since: new Date().toISOString(),
    volumes: [volume],
    containers: [{ ...held, graceSeconds: 2, place: undefined, dependsOn: [] }],
    writes: true,
    leftPaused: [],
  })
  const tag = await tagOfEndedProcess()
  for (const name of await readdir(location))
    await rename(path.join(location, name), path.join(location, name.replace(/@.*?\.json/, `@${tag}.json`)))

  const program = path.join(inject('installed').product, 'dist', 'watchdog.js')
  const watchdog = spawn(process.execPath, [program], {
    env: bed.environment,
    stdio: ['pipe', 'pipe', 'inherit'],
    cwd: '/',
  })
  const orders = {
    operation: 'holding',
    journal: location,
    store: bed.store,
    helperImage: bed.images.debian,
    command: inject('bed').docker,
    globals: [],
  }
  watchdog.stdin.write(`${JSON.stringify(orders)}\n`)
  await once(watchdog.stdout, 'data')
  expect(await statesOf(bed, container)).toEqual(['exited'])
  watchdog.stdin.end()
  await expect.poll(() => statesOf(bed, container), { timeout: 10_000 }).toEqual(['running'])
  await expectReleased(bed)
  expect(await readdir(folder)).toEqual(['file'])
  if (watchdog.exitCode === null) await once(watchdog, 'exit')
  expect(watchdog.exitCode).toBe(0)
})
