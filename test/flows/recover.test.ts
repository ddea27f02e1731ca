import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { describe, expect, onTestFinished, test } from 'vitest'
import { stagingName } from '../../src/volumes/archive-script.ts'
import { putPathsScript } from '../../src/volumes/put-paths-script.ts'
import {
  dropAsideScript,
  prepareScript,
  recoverScript,
  switchScript,
} from '../../src/volumes/restore-scripts.ts'
import { readUndoNoteScript } from '../../src/volumes/set-aside-script.ts'
import { rounds } from '../e2e/rounds.ts'
import { crashes, type Crashes } from './crashing.ts'
import { fillTree, treeListing } from './tree.ts'

type Bench = { readonly folder: string; readonly crash: Crashes }

async function bench(): Promise<Bench> {
  const folder = await mkdtemp(path.join(tmpdir(), 'docker-vol-recover-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const [name, content] of [
    ['old', 'as it was'],
    ['new', 'as it shall be'],
  ] as const) {
    await mkdir(path.join(folder, name))
    await fillTree(path.join(folder, name), content, 1000)
  }
  await execa('sh', [
    '-c',
    'touch "$1/only old"; mkdir "$2/only new"; chmod 700 "$2"',
    'sh',
    `${folder}/old`,
    `${folder}/new`,
  ])
  return { folder, crash: await crashes(folder) }
}

/** A volume that holds the old tree, with the new one unpacked beside it. */
async function staged({ folder, crash }: Bench, name: string): Promise<string> {
  const volume = path.join(folder, name)
  await execa('cp', ['-a', path.join(folder, 'old'), volume])
  const { exitCode } = await crash.run(prepareScript, [volume, stagingName, 'replace'])
  expect(exitCode).toBe(0)
  await copy(path.join(folder, 'new'), '.', path.join(volume, stagingName, 'new'))
  return volume
}

/** Not by cp, which leaves to a directory the setgid bit that it has from the one above. */
async function copy(from: string, what: string, to: string): Promise<void> {
  const pipe = 'tar --format=posix -C "$1" -c -- "$2" | tar -C "$3" -xp --delay-directory-restore'
  await execa('sh', ['-c', pipe, 'sh', from, what, to])
}

async function recover({ crash }: Bench, volume: string, at = 0): Promise<string | undefined> {
  const { exitCode, stdout } = await crash.run(recoverScript, [volume, stagingName], at)
  return exitCode === 0 ? stdout.split('\n')[0] : undefined
}

/** The root's own time may be lost when the very last step is cut off. */
const withoutRootTime = (listing: string) => listing.replace(/^(d \d+ \d+ \d+) \S+ \. -> $/m, '$1 .')

/** What is in a volume must be one tree or the other, and what was told of it true. */
async function expectWhole(volume: string, told: string | undefined, trees: { old: string; new: string }) {
  expect(await readdir(volume)).not.toContain(stagingName)
  const found = await treeListing(volume)
  if (told === 'undone') expect(found).toBe(trees.old)
  else if (told === 'finished') expect(withoutRootTime(found)).toBe(withoutRootTime(trees.new))
  else {
    expect(told).toBe('nothing')
    expect([trees.old, trees.new].map(withoutRootTime)).toContain(withoutRootTime(found))
  }
}

describe('a switch of a whole volume', () => {
  test('that is killed anywhere is undone or finished by the next run, never half done', async () => {
    const here = await bench()
    const trees = {
      old: await treeListing(`${here.folder}/old`),
      new: await treeListing(`${here.folder}/new`),
    }
    expect(trees.old).not.toBe(trees.new)
    const whole = await staged(here, 'whole')
    expect((await here.crash.run(switchScript, [whole, stagingName, '', ''])).exitCode).toBe(0)
    const steps = await here.crash.count()
    expect(await treeListing(whole)).toBe(trees.new)
    const told = new Set<string | undefined>()
    for (let at = 1; at <= steps; at += 1) {
      const volume = await staged(here, `killed-${at}`)
      const { exitCode } = await here.crash.run(switchScript, [volume, stagingName, '', ''], at)
      expect(exitCode, `it was killed at ${at}`).not.toBe(0)
      const became = await recover(here, volume)
      told.add(became)
      await expectWhole(volume, became, trees)
      expect(await recover(here, volume)).toBe('nothing')
      await rm(volume, { recursive: true })
    }
    expect([...told]).toEqual(expect.arrayContaining(['undone', 'finished']))
  })

  test('is put right also when putting it right is itself killed, however often', async () => {
    const here = await bench()
    const trees = {
      old: await treeListing(`${here.folder}/old`),
      new: await treeListing(`${here.folder}/new`),
    }
    await here.crash.run(switchScript, [await staged(here, 'count'), stagingName, '', ''])
    const steps = await here.crash.count()
    for (let round = 0; round < rounds(6); round += 1) {
      const volume = await staged(here, `killed-${round}`)
      await here.crash.run(switchScript, [volume, stagingName, '', ''], 1 + ((round * 7) % steps))
      // Each time it comes a program further.
      let became: string | undefined
      let at = 1
      for (; became === undefined && at <= 2 * steps; at += 1) became = await recover(here, volume, at)
      await expectWhole(volume, became, trees)
      await rm(volume, { recursive: true })
    }
  })

  test('to a directory below the top is finished to just that directory', async () => {
    const here = await bench()
    const trees = {
      old: await treeListing(`${here.folder}/old`),
      new: await treeListing(`${here.folder}/new`),
    }
    const below = async (name: string) => {
      const volume = await staged(here, name)
      const staging = path.join(volume, stagingName)
      await execa('sh', [
        '-c',
        'mv "$1/new" "$1/data" && mkdir "$1/new" && mv "$1/data" "$1/new/data"',
        'sh',
        staging,
      ])
      return volume
    }
    const whole = await below('whole')
    expect((await here.crash.run(switchScript, [whole, stagingName, 'data', ''])).exitCode).toBe(0)
    expect(await treeListing(whole)).toBe(trees.new)
    const steps = await here.crash.count()
    for (let at = 1; at <= steps; at += 3) {
      const volume = await below(`killed-${at}`)
      await here.crash.run(switchScript, [volume, stagingName, 'data', ''], at)
      await expectWhole(volume, await recover(here, volume), trees)
      await rm(volume, { recursive: true })
    }
  })
})

test('what was being unpacked is removed, and the volume is as it was', async () => {
  const here = await bench()
  const old = await treeListing(`${here.folder}/old`)
  const volume = await staged(here, 'volume')
  expect(await recover(here, volume)).toBe('undone')
  expect(await treeListing(volume)).toBe(old)
})

test('a staging directory that was made and nothing else is removed', async () => {
  const here = await bench()
  const volume = path.join(here.folder, 'volume')
  await execa('cp', ['-a', path.join(here.folder, 'old'), volume])
  await mkdir(path.join(volume, stagingName))
  expect(await recover(here, volume)).toBe('undone')
  expect(withoutRootTime(await treeListing(volume))).toBe(
    withoutRootTime(await treeListing(`${here.folder}/old`)),
  )
})

test('a state that only a later version knows is left for that', async () => {
  const here = await bench()
  const volume = await staged(here, 'volume')
  await writeFile(path.join(volume, stagingName, 'state'), 'moving-sideways\n')
  const before = await treeListing(volume)
  expect(await recover(here, volume)).toBeUndefined()
  expect(await treeListing(volume)).toBe(before)
})

/** Directories that were written to have other times, and copies of single names are no hard links any more. */
async function namesAndContents(tree: string): Promise<string> {
  return (await treeListing(tree))
    .replaceAll(/^(d \d+ \d+ \d+) \S+/gm, '$1')
    .replaceAll(/^(f \d+ \d+ \d+ \S+) \d+/gm, '$1')
}

describe('single paths', () => {
  const paths = ['content', 'etc/deep', 'only new', 'with space/name of conf', 'link']

  /** The old tree with the new one's paths. */
  async function expected({ folder }: Bench): Promise<string> {
    const tree = path.join(folder, 'expected')
    await execa('cp', ['-a', path.join(folder, 'old'), tree])
    for (const each of paths) {
      await rm(path.join(tree, each), { recursive: true, force: true })
      await copy(path.join(folder, 'new'), each, tree)
    }
    return namesAndContents(tree)
  }

  test('that are put in place and killed anywhere are all there after the next run, or none', async () => {
    const here = await bench()
    const wanted = await expected(here)
    const old = await namesAndContents(`${here.folder}/old`)
    const whole = await staged(here, 'whole')
    expect((await here.crash.run(putPathsScript, [whole, stagingName, '', '', ...paths])).exitCode).toBe(0)
    expect(await namesAndContents(whole)).toBe(wanted)
    await here.crash.run(putPathsScript, [await staged(here, 'count'), stagingName, '', '', ...paths])
    const steps = await here.crash.count()
    const told = new Set<string | undefined>()
    for (let at = 1; at <= steps; at += 1) {
      const volume = await staged(here, `killed-${at}`)
      await here.crash.run(putPathsScript, [volume, stagingName, '', '', ...paths], at)
      const became = await recover(here, volume)
      told.add(became)
      const found = await namesAndContents(volume)
      if (became === 'undone') expect(found).toBe(old)
      else if (became === 'finished') expect(found).toBe(wanted)
      else expect([old, wanted]).toContain(found)
      await rm(volume, { recursive: true })
    }
    expect([...told]).toEqual(expect.arrayContaining(['undone', 'finished']))
  })

  test('do not follow what is no directory in the volume, and nothing is moved then', async () => {
    const here = await bench()
    for (const bar of ['ln -s /tmp "$1/etc"', 'touch "$1/etc"']) {
      const volume = await staged(here, `barred-${bar.length}`)
      await execa('sh', ['-c', `rm -r "$1/etc" && ${bar}`, 'sh', volume])
      const { exitCode, stdout } = await here.crash.run(putPathsScript, [
        volume,
        stagingName,
        '',
        '',
        'content',
        'etc/app.conf',
      ])
      expect({ exitCode, stdout }).toEqual({ exitCode: 78, stdout: 'etc' })
      expect(await recover(here, volume)).toBe('undone')
      expect(await treeListing(volume)).toContain('./only old')
    }
  })
})

/** Finishes a switch that was killed; says what became, and whether something waits to be kept. */
async function recovered(here: Bench, volume: string) {
  const { exitCode, stdout } = await here.crash.run(recoverScript, [volume, stagingName])
  expect(exitCode, stdout).toBe(0)
  const told = stdout.split('\n')
  const became = ['nothing', 'undone', 'finished'].find((each) => told.includes(each))
  return { became, keeping: told.includes('keeping') }
}

/** What a tree holds, without the digests. */
const names = async (tree: string) => (await namesAndContents(tree)).replaceAll(/^.*  /gm, '')

describe('what a switch moves aside for an undo copy', () => {
  const note = '{"a":"note"}'

  test('is the whole old tree, its root included, wherever the switch was killed', async () => {
    const here = await bench()
    const old = await treeListing(`${here.folder}/old`)
    const wanted = await treeListing(`${here.folder}/new`)
    const whole = await staged(here, 'whole')
    const { stdout } = await here.crash.run(switchScript, [whole, stagingName, '', note])
    expect(stdout).toBe('keeping')
    const steps = await here.crash.count()
    for (let at = 1; at <= steps; at += 2) {
      const volume = await staged(here, `killed-${at}`)
      const aside = path.join(volume, stagingName, 'old')
      await here.crash.run(switchScript, [volume, stagingName, '', note], at)
      const { became, keeping } = await recovered(here, volume)
      if (became === 'undone') expect(await treeListing(volume)).toBe(old)
      else {
        expect(keeping, `killed at ${at}`).toBe(true)
        expect(await treeListing(aside)).toBe(old)
        expect(await readFile(path.join(volume, stagingName, 'undo'), 'utf8')).toBe(note)
        // Once it is kept, it goes; cut off in that, what is left of it is never kept again.
        await here.crash.run(dropAsideScript, [volume, stagingName], 1 + (at % 9))
        const after = await recovered(here, volume)
        if (after.keeping) {
          expect(await treeListing(aside)).toBe(old)
          expect((await here.crash.run(dropAsideScript, [volume, stagingName])).exitCode).toBe(0)
        }
        expect(withoutRootTime(await treeListing(volume))).toBe(withoutRootTime(wanted))
      }
      await rm(volume, { recursive: true })
    }
  })

  test('of single paths is each of them and nothing else, wherever it was killed', async () => {
    const here = await bench()
    const paths = ['content', 'etc/deep', 'only new', 'only old', 'never']
    const put = (volume: string, at = 0) =>
      here.crash.run(putPathsScript, [volume, stagingName, note, 'exact', ...paths], at)
    const whole = await staged(here, 'whole')
    expect((await put(whole)).stdout).toBe('keeping')
    const steps = await here.crash.count()
    const aside = await names(path.join(whole, stagingName, 'old'))
    const { stdout: told } = await here.crash.run(readUndoNoteScript, [whole, stagingName])
    // What neither side has needs no word.
    expect(told.split('\0')).toEqual([note, 'content', 'etc/deep', 'only new', 'only old', ''])
    expect(await readdir(path.join(whole, stagingName, 'old'))).toEqual(['content', 'etc', 'only old'])
    expect(await readdir(whole)).toEqual(expect.not.arrayContaining(['only old']))
    for (let at = 1; at <= steps; at += 3) {
      const volume = await staged(here, `killed-${at}`)
      await put(volume, at)
      const { became, keeping } = await recovered(here, volume)
      expect(keeping).toBe(became !== 'undone')
      if (keeping) expect(await names(path.join(volume, stagingName, 'old'))).toBe(aside)
      await rm(volume, { recursive: true })
    }
  })
})

describe('when a switch was cut off half way', () => {
  test('what was written since under the name of what was moved is never written over', async () => {
    const here = await bench()
    await here.crash.run(switchScript, [await staged(here, 'count'), stagingName, '', 'note'])
    const steps = await here.crash.count()
    let met = 0
    for (let at = 1; at <= steps; at += 1) {
      const volume = await staged(here, `killed-${at}`)
      const staging = path.join(volume, stagingName)
      await here.crash.run(switchScript, [volume, stagingName, '', 'note'], at)
      const state = await readFile(path.join(staging, 'state'), 'utf8')
      const old = await readdir(path.join(staging, 'old'))
      if (
        state.trim() === 'moving-old' &&
        old.length > 0 &&
        !(await readdir(volume)).includes(old[0] ?? '')
      ) {
        met += 1
        await writeFile(path.join(volume, old[0] ?? ''), 'written since')
        const before = await treeListing(volume)
        const { exitCode, stdout } = await here.crash.run(recoverScript, [volume, stagingName])
        expect({ exitCode, stdout }).toEqual({ exitCode: 79, stdout: old[0] })
        expect(await treeListing(path.join(staging, 'old'))).not.toBe('')
        expect(before).toContain(old[0])
        expect(await readFile(path.join(volume, old[0] ?? ''), 'utf8')).toBe('written since')
        // Out of the way, it is finished.
        await rm(path.join(volume, old[0] ?? ''))
        expect((await here.crash.run(recoverScript, [volume, stagingName])).exitCode).toBe(0)
      }
      await rm(volume, { recursive: true })
    }
    expect(met).toBeGreaterThan(0)
  })

  test('nothing is moved while something that runs uses the volume', async () => {
    const here = await bench()
    for (const [state, exit] of [
      ['moving-old', 80],
      ['moving-new', 80],
      ['moving-paths', 80],
      ['finishing', 0],
      ['keeping', 0],
      ['staging', 0],
    ] as const) {
      const volume = await staged(here, state)
      await writeFile(path.join(volume, stagingName, 'state'), `${state}\n`)
      const before = await treeListing(volume)
      const { exitCode } = await here.crash.run(recoverScript, [volume, stagingName, 'used'])
      expect(exitCode, state).toBe(exit)
      if (exit !== 0) expect(await treeListing(volume)).toBe(before)
    }
  })
})

describe('a switch that something in the volume cannot be moved for', () => {
  const cases = [
    ['of all', switchScript, ['', 'note']],
    ['of single paths', putPathsScript, ['note', 'exact', 'content', 'etc/deep', 'only old']],
  ] as const

  test.each(cases)(
    '%s is taken back whole, wherever it or its way back is killed',
    async (_, script, args) => {
      const here = await bench()
      const old = await treeListing(`${here.folder}/old`)
      here.crash.makeImmovable('only old')
      const whole = await staged(here, 'whole')
      const { exitCode } = await here.crash.run(script, [whole, stagingName, ...args])
      expect(exitCode).toBe(81)
      const steps = await here.crash.count()
      for (let at = 1; at <= steps; at += 1) {
        const volume = await staged(here, `killed-${at}`)
        await here.crash.run(script, [volume, stagingName, ...args], at)
        let became: string | undefined
        for (let again = at % 7; became === undefined; again += 5) became = await recover(here, volume, again)
        expect(became).not.toBe('finished')
        await expectWhole(volume, became, { old, new: old })
        await rm(volume, { recursive: true })
      }
    },
  )
})
