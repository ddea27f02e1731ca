import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { expectDone, expectExit, expectNoHelpers, expectSameTree, onlyReference } from './checks.ts'
import type { Listing } from './listing.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('paths')

let volume = ''
let reference = ''
let taken: Listing = { files: {}, allocated: {} }

/** Names as a person at a shell could give them. */
const odd = ['odd name', 'quote\'"$(x)', 'new\nline', '-leading', 'back\\slash', '*', 'ümlaut é', '%s']

const make = `mkdir -p etc/conf.d data/below empty hard odd
  echo one >etc/app.conf; echo two >etc/other.conf; echo three >etc/conf.d/x
  echo first >hard/a-first; ln hard/a-first data/second; ln -s ../etc/app.conf data/link; ln -s gone dangling
  echo deep >data/below/file; mkfifo data/pipe
  for name; do echo "$name" >"odd/$name"; done
  chown -R 12:34 data; chmod 2750 data/below; chmod 4711 data/below/file; chown -h 5:6 data/link
  find . -mindepth 1 -exec touch -h -d @1234567890.123456789 {} +`

beforeAll(async () => {
  volume = await bed.volume('source')
  await bed.shell(volume, make, ...odd)
  taken = await bed.listing(volume)
  reference = onlyReference(await bed.vol('snapshot', '-q', volume))
})

/** A volume as the snapshot has it, then changed. */
async function changed(script: string): Promise<string> {
  const target = bed.name('target')
  expectDone(await bed.vol('restore', '--into', target, reference))
  await bed.shell(target, script)
  return target
}

async function restorePaths(target: string, ...paths: readonly string[]) {
  return await bed.vol(
    'restore',
    '--yes',
    '--into',
    target,
    ...paths.map((each) => `--path=${each}`),
    reference,
  )
}

/** A listing in which these paths, and all below them, are as the snapshot has them; everything else as it was. */
function withTaken(before: Listing, ...paths: readonly string[]): Listing['files'] {
  const at = (name: string) => paths.some((each) => name === each || name.startsWith(`${each}/`))
  const kept = Object.entries(before.files).filter(([name]) => !at(name))
  const restored = Object.entries(taken.files).filter(([name]) => at(name))
  return Object.fromEntries([...kept, ...restored])
}

/** Without the times of directories, which change when something is put into them. */
function withoutTimes(files: Listing['files'], ...directories: readonly string[]) {
  return Object.fromEntries(
    Object.entries(files).map(([name, file]) => [
      name,
      directories.includes(name) ? { ...file, modified: 'not kept' } : file,
    ]),
  )
}

function withoutLinks(files: Listing['files']) {
  return Object.fromEntries(
    Object.entries(files).map(([name, file]) => [name, { ...file, linkedWith: undefined }]),
  )
}

test('restore --path must bring back a changed file, and leave all else as it is', async () => {
  const target = await changed(`echo changed >etc/app.conf; chmod 600 etc/app.conf; chown 9:9 etc/app.conf
    echo kept >etc/other.conf; echo new >etc/new.conf; rm dangling`)
  const before = await bed.listing(target)
  expectDone(await restorePaths(target, 'etc/app.conf'))
  const after = await bed.listing(target)
  expect(withoutTimes(after.files, 'etc')).toEqual(withoutTimes(withTaken(before, 'etc/app.conf'), 'etc'))
})

test('restore --path must bring back a directory as it was, files that it did not hold gone', async () => {
  const target = await changed(
    'echo x >data/new; rm data/link data/below/file; chmod 777 data; echo y >etc/app.conf',
  )
  const before = await bed.listing(target)
  expectDone(await restorePaths(target, 'data'))
  const { files } = await bed.listing(target)
  // Its hard link to a file outside that was not asked for is a file of its own, of the same contents.
  expect(taken.files['data/second']?.linkedWith).toBe('data/second')
  expect(files['data/second']?.linkedWith).toBeUndefined()
  const expected = withTaken(before, 'data')
  expect(withoutLinks(withoutTimes(files, '.'))).toEqual(withoutLinks(withoutTimes(expected, '.')))
})

test('restore --path must take several paths at once, files and directories, one below another', async () => {
  const target = await changed('rm -r etc data/below dangling; echo x >hard/a-first')
  const before = await bed.listing(target)
  expectDone(await restorePaths(target, 'etc/conf.d', 'dangling', 'data/below', 'data/below/file'))
  const { files } = await bed.listing(target)
  expect(files).toMatchObject(withTaken({ files: {}, allocated: {} }, 'etc/conf.d', 'dangling', 'data/below'))
  expect(files['etc']).toEqual(taken.files['etc'])
  expect(files['hard/a-first']).toEqual(before.files['hard/a-first'])
  expect(files['etc/app.conf']).toBeUndefined()
})

test('restore --path must take whatever a name can hold', async () => {
  const target = await changed('echo changed | tee odd/* >/dev/null')
  const folder = path.join(await bed.mountpoint(target), 'odd')
  const restored: string[] = []
  for (const name of odd) {
    expectDone(await restorePaths(target, `odd/${name}`))
    restored.push(name)
    for (const each of await readdir(folder))
      expect(await readFile(path.join(folder, each), 'utf8')).toBe(
        restored.includes(each) ? `${each}\n` : 'changed\n',
      )
  }
})

test('restore --path must make the directories above a path that are missing, as they were', async () => {
  const target = await bed.volume('empty')
  expectDone(await restorePaths(target, 'data/below/file'))
  const { files } = await bed.listing(target)
  expect(Object.keys(files)).toEqual(['.', 'data', 'data/below', 'data/below/file'])
  for (const name of ['data', 'data/below', 'data/below/file']) expect(files[name]).toEqual(taken.files[name])
})

test('restore --path must make a volume that is not there, and ask nothing', async () => {
  const target = bed.name('made')
  expectDone(await bed.vol('restore', '--into', target, '--path', 'etc/app.conf', reference))
  const { files } = await bed.listing(target)
  expect(Object.keys(files)).toEqual(['.', 'etc', 'etc/app.conf'])
  expect(files['etc/app.conf']).toEqual(taken.files['etc/app.conf'])
})

test('restore --path of a hard link must bring its contents, not its first name', async () => {
  for (const target of [await bed.volume('empty'), await changed('rm -r data hard')]) {
    const before = await bed.listing(target)
    expectDone(await restorePaths(target, 'hard/a-first'))
    const { files } = await bed.listing(target)
    const { linkedWith, ...file } = taken.files['hard/a-first'] ?? { linkedWith: '' }
    expect(linkedWith).toBe('data/second')
    expect(files['hard/a-first']).toEqual(file)
    expect(new Set(Object.keys(files))).toEqual(
      new Set([...Object.keys(before.files), 'hard', 'hard/a-first']),
    )
  }
})

test('restore --path must not bring the first name of a hard link with a directory that is missing', async () => {
  const source = await bed.volume('linked')
  await bed.shell(source, 'mkdir d; echo x >d/a; ln d/a d/b')
  const linked = onlyReference(await bed.vol('snapshot', '-q', source))
  const target = await bed.volume('without')
  expectDone(await bed.vol('restore', '--yes', '--into', target, '--path', 'd/b', linked))
  expect(Object.keys((await bed.listing(target)).files)).toEqual(['.', 'd', 'd/b'])
})

test.each(['/elsewhere', '../../outside', 'etc'])(
  'restore --path must refuse a path below a symbolic link to %s, and write nothing',
  async (destination) => {
    const target = await changed(`rm -r data; ln -s ${destination} data`)
    const before = await bed.listing(target)
    expectExit(await restorePaths(target, 'etc/app.conf', 'data/below/file'), 5, '"data"')
    expectSameTree(await bed.listing(target), before)
    await expectNoHelpers(bed, target)
  },
)

test('restore --path must refuse a path below what has become a file', async () => {
  const target = await changed('rm -r data; echo file >data')
  const before = await bed.listing(target)
  expectExit(await restorePaths(target, 'data/below/file'), 5, '"data"')
  expectSameTree(await bed.listing(target), before)
})

test('restore --path must put a file in the place of a symbolic link, never through it', async () => {
  const target = await changed('rm etc/app.conf; ln -s other.conf etc/app.conf')
  const before = await bed.listing(target)
  expectDone(await restorePaths(target, 'etc/app.conf'))
  const { files } = await bed.listing(target)
  expect(files['etc/app.conf']).toEqual(taken.files['etc/app.conf'])
  expect(files['etc/other.conf']).toEqual(before.files['etc/other.conf'])
})

test.each([['nowhere'], ['etc/app.conf/x'], ['etc/app'], ['odd/new'], ['etc', 'nowhere']])(
  'restore --path must end with 4 when the snapshot does not hold %s, and write nothing',
  async (...paths) => {
    const target = await bed.volume('untouched')
    await bed.shell(target, 'echo x >x')
    const before = await bed.listing(target)
    expectExit(await restorePaths(target, ...paths), 4, paths.at(-1))
    expectSameTree(await bed.listing(target), before)
    const fresh = bed.name('not-made')
    expectExit(await restorePaths(fresh, ...paths), 4)
    expect((await bed.tryDocker('volume', 'inspect', fresh)).exitCode).toBe(1)
  },
)

test.each(['..', 'etc/../data', '/', '.', ''])(
  'restore --path %j must be a mistake of usage',
  async (given) => {
    const fresh = bed.name('not-made')
    expectExit(await restorePaths(fresh, given), 2)
    expect((await bed.tryDocker('volume', 'inspect', fresh)).exitCode).toBe(1)
  },
)
