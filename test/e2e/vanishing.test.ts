/** A volume that goes away between the look at it and its use: the engine would make it anew, empty. */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, inject, test } from 'vitest'
import { archive, file } from '../archives/raw.ts'
import { expectDone, expectExit, expectNoHelpers } from './checks.ts'
import { start, type RunResult } from './running.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('vanishing')
const docker = inject('bed').docker
const launcher = path.join(inject('installed').product, 'bin', 'docker-vol')

/**
 * Runs the plugin by itself with a docker before it on PATH that removes the volume once, just before the first call
 * whose arguments hold `before`. The words of the plugin follow.
 */
async function runWhileRemoving(
  volume: string,
  before: string,
  words: readonly string[],
): Promise<RunResult> {
  const folder = path.join(bed.folder, bed.name('shim'))
  await mkdir(folder)
  const shim = `#!/bin/sh
case " $* " in
*" ${before} "*) if mkdir '${folder}/removed' 2>/dev/null; then
  '${docker}' volume rm '${volume}' >'${folder}/log' 2>&1; fi ;;
esac
exec '${docker}' "$@"
`
  await writeFile(path.join(folder, 'docker'), shim)
  await chmod(path.join(folder, 'docker'), 0o755)
  const PATH = `${folder}:${bed.environment['PATH'] ?? ''}`
  const result = await start(launcher, words, { ...bed.environment, PATH }, { timeout: 100_000 }).ended
  // The shim did what the test is about.
  expect((await readFile(path.join(folder, 'log'), 'utf8')).trim()).toBe(volume)
  return result
}

async function filled(): Promise<string> {
  const volume = await bed.volume('here')
  await bed.shell(volume, 'echo precious >file')
  return volume
}

async function expectGone(volume: string): Promise<void> {
  await expectNoHelpers(bed, volume)
  expect((await bed.tryDocker('volume', 'inspect', volume)).exitCode).toBe(1)
}

test('a snapshot must not make the volume anew that went away', async () => {
  const volume = await filled()
  const result = await runWhileRemoving(volume, 'run', ['snapshot', volume])
  expectExit(result, 4, `There is no volume "${volume}"`)
  expect(result.stdout).toBe('')
  await expectGone(volume)
  expectExit(await bed.vol('snapshots', volume), 4)
})

test('an archive must not be written of a volume that went away', async () => {
  const volume = await filled()
  const output = path.join(bed.folder, 'gone.tar')
  expectExit(await runWhileRemoving(volume, 'run', ['snapshot', '--output', output, volume]), 4)
  await expectGone(volume)
  await expect(readFile(output)).rejects.toThrow('ENOENT')
})

test('a restore must not make the volume anew that went away', async () => {
  const volume = await filled()
  expectDone(await bed.vol('snapshot', volume))
  expectExit(await runWhileRemoving(volume, 'run', ['restore', '--yes', `${volume}@latest`]), 4)
  await expectGone(volume)
  expect(expectDone(await bed.vol('doctor')), 'nothing is left to put right').toMatch(/interrupted runs +ok/)
})

test('a restore of an archive must not make the volume anew that went away', async () => {
  const volume = await filled()
  const from = path.join(bed.folder, 'some.tar')
  await writeFile(from, archive(file('x', 'x')))
  expectExit(await runWhileRemoving(volume, 'run', ['restore', '--yes', '--from', from, volume]), 4)
  await expectGone(volume)
})

test('a clone must not make its source anew that went away, and leave no copy', async () => {
  const volume = await filled()
  const copy = bed.name('copy')
  expectExit(await runWhileRemoving(volume, 'run', ['clone', volume, copy]), 4)
  await expectGone(volume)
  await expectGone(copy)
})

test('a clone must not make its copy anew that went away', async () => {
  const volume = await filled()
  const copy = bed.name('copy')
  const result = await runWhileRemoving(copy, 'run', ['clone', volume, copy])
  expectExit(result, 4, `There is no volume "${copy}"`)
  await expectGone(copy)
  expect(await bed.shell(volume, 'cat file')).toBe('precious\n')
})

test('a volume that went away before its containers are listed must not be taken for one that is there', async () => {
  const volume = await filled()
  expectExit(await runWhileRemoving(volume, 'ps', ['snapshot', volume]), 4)
  await expectGone(volume)
})
