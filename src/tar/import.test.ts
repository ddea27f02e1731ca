import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hostileArchives } from '../../test/archives/hostile.ts'
import { describeTree, makeOddTree } from '../../test/archives/odd-tree.ts'
import { listWithGnuTar, listWithPython, scratchDirectory, tarOptions } from '../../test/archives/programs.ts'
import { archive, directory, file, hardLink, pax, raw, sparseFile, symlink } from '../../test/archives/raw.ts'
import { decompressed } from './decompress.ts'
import { importForeign, type ImportedEntry, type ImportOptions, type ImportSummary } from './import.ts'

type Imported = {
  readonly output: Buffer
  readonly entries: readonly ImportedEntry[]
  readonly summary: ImportSummary
}

async function importAll(bytes: Buffer, options: ImportOptions = {}): Promise<Imported> {
  const entries: ImportedEntry[] = []
  async function* source(): AsyncGenerator<Uint8Array> {
    yield bytes
  }
  const imported = importForeign(decompressed(source()), {
    ...options,
    entry: (entry) => void entries.push(entry),
  })
  const output = Buffer.concat(await Array.fromAsync(imported.chunks))
  return { output, entries, summary: imported.summary() }
}

const dropped = (what: string) => ({
  code: 'archive',
  message: `${what} were not kept (2 entries, the first is named).`,
  path: 'x',
})
const longest = (length: number) => `${'d'.repeat(255)}/`.repeat(15) + 'f'.repeat(length - 3840)
const refusal = (message: RegExp) => ({ code: 'ARCHIVE_REFUSED', message: expect.stringMatching(message) })

describe('hostile archives', () => {
  test.each(hostileArchives.map((hostile) => [hostile.expected, hostile.description, hostile] as const))(
    'must be %s: %s',
    async (expected, _, hostile) => {
      const imported = importAll(hostile.bytes())
      if (expected === 'refused') {
        await expect(imported).rejects.toMatchObject({ code: 'ARCHIVE_REFUSED' })
      } else {
        expect((await imported).output.length % 512).toBe(0)
      }
    },
  )

  test('that are harmless are read by GNU tar and Python as they were announced', async () => {
    const harmless = hostileArchives.filter(({ expected }) => expected === 'restored')
    const imported = await Promise.all(harmless.map((hostile) => importAll(hostile.bytes())))
    const outputs = imported.map(({ output }) => output)
    const gnu = listWithGnuTar(outputs)
    expect(listWithPython(outputs)).toEqual(gnu)
    expect(gnu.map((listed) => listed.length)).toEqual(imported.map(({ entries }) => entries.length))
  })

  test('have names of their own', () => {
    expect(new Set(hostileArchives.map(({ name }) => name)).size).toBe(hostileArchives.length)
  })
})

test('names are normalised, and every entry is told before its bytes', async () => {
  const { entries, summary } = await importAll(
    archive(
      directory('./'),
      directory('./d/'),
      file('./d/x', 'data'),
      hardLink('./y', './d/x'),
      symlink('z', '/abs'),
    ),
  )
  expect(entries.map(({ path, type, size, target }) => [path, type, size, target])).toEqual([
    ['.', 'directory', 0, undefined],
    ['d', 'directory', 0, undefined],
    ['d/x', 'file', 4, undefined],
    ['y', 'hardlink', 0, 'd/x'],
    ['z', 'symlink', 0, '/abs'],
  ])
  expect(summary).toEqual({ entries: 4, files: 1, bytes: 4, warnings: [] })
})

test.each([
  ['data', [directory('data/'), file('data/x'), directory('data/d/')]],
  ['data', [directory('data/')]],
  [undefined, [directory('./'), directory('data/'), file('data/x')]],
  [undefined, [directory('data/'), file('data/x'), file('other')]],
  [undefined, [directory('data/'), file('data2/x')]],
  [undefined, [file('data/x')]],
  [undefined, [directory('a/b/'), file('a/b/x')]],
  [undefined, [file('x')]],
  [undefined, []],
])('the single top directory is %s', async (expected, blocks) => {
  expect((await importAll(archive(...blocks))).summary.singleTopDirectory).toBe(expected)
})

test('attributes that speak to the kernel of this machine are dropped and reported, once a kind', async () => {
  const records = {
    'SCHILY.xattr.user.kept': 'a',
    'SCHILY.xattr.security.capability': 'b',
    'SCHILY.acl.access': 'user::rw-\nuser:1234:r--\ngroup::r--\nmask::r--\nother::---\n',
    'SCHILY.xattr.system.posix_acl_access': 'also said above',
    'SCHILY.xattr.trusted.overlay.opaque': 'y',
    'SCHILY.xattr.security.selinux': 's',
    'RHT.security.selinux': 's',
    'LIBARCHIVE.xattr.user.kept': 'YQ',
    'SCHILY.fflags': 'immutable',
    uname: 'root',
    atime: '1',
  }
  const { output, summary } = await importAll(archive(pax(records), file('x'), pax(records), file('y')))
  const text = output.toString('latin1')
  expect(text).toContain('SCHILY.xattr.user.kept=a\n')
  expect(text).toContain('SCHILY.xattr.security.capability=b\n')
  expect(text).toContain('user:1234:r--')
  expect(text).not.toMatch(/trusted|selinux|LIBARCHIVE|fflags|uname|atime|posix_acl/)
  expect(summary.warnings).toEqual([
    dropped('extended attributes trusted.*'),
    dropped('extended attributes security.*'),
    dropped('records "RHT.security.selinux"'),
    dropped('records "SCHILY.fflags"'),
  ])
})

test('attributes that Linux cannot give to such a file are dropped and reported', async () => {
  const acl = { 'SCHILY.acl.default': 'user::rwx\n', 'SCHILY.acl.access': 'nonsense' }
  const { output, summary } = await importAll(
    archive(
      pax({ 'SCHILY.xattr.user.a': '1' }),
      symlink('s', 'x'),
      pax({ 'SCHILY.xattr.security.capability': '1' }),
      directory('d/'),
      pax(acl),
      file('x'),
      pax({ [`SCHILY.xattr.user.${'n'.repeat(251)}`]: '1' }),
      file('y'),
    ),
  )
  expect(output.toString('latin1')).not.toContain('SCHILY')
  expect(summary.warnings.map(({ path }) => path)).toEqual(['s', 'd', 'x', 'x', 'y'])
})

test('a made-up record for every entry does not give a warning for every entry', async () => {
  const blocks = Array.from({ length: 300 }, (_, index) =>
    Buffer.concat([pax({ [`made.up.${index}`]: '1' }), file(`f${index}`)]),
  )
  const { summary } = await importAll(archive(...blocks))
  expect(summary.warnings).toHaveLength(51)
  expect(summary.warnings.at(-1)?.message).toMatch(/^other records were not kept \(250 entries/)
})

test('devices are refused unless they are allowed', async () => {
  const bytes = archive(raw({ name: 'null', typeflag: '3', device: [1, 3] }))
  await expect(importAll(bytes)).rejects.toMatchObject(refusal(/it is a character device/))
  const { entries } = await importAll(bytes, { allowDevices: true })
  expect(entries).toMatchObject([{ path: 'null', type: 'character', device: '1:3' }])
})

test('an archive that unpacks to more than there is room for stops', async () => {
  const bytes = archive(file('a', 'x'.repeat(1000)), file('b', 'x'.repeat(1000)))
  await expect(importAll(bytes, { maxBytes: 1999 })).rejects.toMatchObject({ code: 'NO_SPACE' })
  expect((await importAll(bytes, { maxBytes: 2000 })).summary.bytes).toBe(2000)
  await expect(importAll(bytes, { maxEntries: 1 })).rejects.toMatchObject(refusal(/more than 1 entries/))
})

test('holes need no room', async () => {
  const bytes = archive(sparseFile('s', 2 ** 40, [2, 2 ** 39, 512, 2 ** 40, 0], 'x'.repeat(512)))
  const { summary } = await importAll(bytes, { maxBytes: 2000 })
  expect(summary.bytes).toBe(2 ** 40)
})

test('a sparse map is read in whatever pieces it comes', async () => {
  const map = Array.from({ length: 3000 }, (_, index) => [index * 4096, 512]).flat()
  const bytes = archive(sparseFile('s', 2 ** 30, [3000, ...map], 'x'.repeat(3000 * 512)), file('after'))
  const whole = await importAll(bytes)
  async function* source(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += 333) {
      yield bytes.subarray(at, at + 333)
    }
  }
  const chunks = await Array.fromAsync(importForeign(source()).chunks)
  expect(Buffer.concat(chunks).equals(whole.output)).toBe(true)
  expect(whole.output.includes('I am after')).toBe(true)
})

test('what came out goes in again and comes out the same', async () => {
  for (const hostile of hostileArchives.filter(({ expected }) => expected === 'restored')) {
    const once = await importAll(hostile.bytes())
    const twice = await importAll(once.output)
    expect(twice.output.equals(once.output)).toBe(true)
    expect(twice.entries).toEqual(once.entries)
  }
})

test('the longest names that are taken are extracted without a complaint', async () => {
  const { output } = await importAll(archive(pax({ path: longest(4064) }), file('x')))
  using scratch = scratchDirectory()
  const extract = [...tarOptions, '--extract', '--directory', scratch.path]
  const { status, stderr } = spawnSync('tar', extract, { input: output, encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const tooLong = importAll(archive(pax({ path: longest(4065) }), file('x')))
  await expect(tooLong).rejects.toMatchObject(refusal(/longer than 4064 bytes/))
})

test('neither the size of a file nor the source’s chunks make it hold more', async () => {
  const size = 1.5 * 2 ** 30
  const chunk = Buffer.alloc(8 * 2 ** 20)
  let ahead = 0
  let mostAhead = 0
  async function* source(): AsyncGenerator<Uint8Array> {
    yield raw({ name: 'big', size })
    for (let left = size; left > 0; left -= chunk.length) {
      ahead += chunk.length
      mostAhead = Math.max(mostAhead, ahead)
      yield chunk
    }
    yield archive(file('after'))
  }
  const before = process.memoryUsage().rss
  let most = before
  for await (const piece of importForeign(source()).chunks) {
    ahead -= piece.length
    most = Math.max(most, process.memoryUsage().rss)
  }
  expect(mostAhead).toBeLessThanOrEqual(2 * chunk.length)
  expect(most - before).toBeLessThan(100e6)
})

/** Only root can make what the tree holds; the engine's tests go through the same as root in the helper. */
describe.skipIf(process.getuid?.() !== 0)('as root', () => {
  const compressors: readonly (readonly [string, readonly string[]])[] = [
    ['not compressed', ['cat']],
    ['with gzip', ['gzip', '-1']],
    ['with zstd', ['zstd', '-1']],
  ]
  test.each(compressors)(
    'a tree that GNU tar archived, %s, is extracted the same',
    async (_, [program = '', ...rest]) => {
      using scratch = scratchDirectory()
      const [source, target] = [join(scratch.path, 'source'), join(scratch.path, 'target')]
      mkdirSync(source)
      mkdirSync(target)
      makeOddTree(source)
      const tar = execFileSync('tar', [...tarOptions, '--create', '--directory', source, '.'], {
        maxBuffer: 1 << 28,
      })
      const { output, entries, summary } = await importAll(
        execFileSync(program, rest, { input: tar, maxBuffer: 1 << 28 }),
        { allowDevices: true },
      )
      writeFileSync(join(scratch.path, 'ours.tar'), output)
      execFileSync('tar', [...tarOptions, '--extract', '--preserve-permissions', '--directory', target], {
        input: output,
        stdio: ['pipe', 'ignore', 'ignore'],
      })
      expect(describeTree(target)).toEqual(describeTree(source))
      expect(summary.entries).toBe(entries.length - 1)
      expect(summary.warnings.map(({ message }) => message)).toEqual(['setuid and setgid bits were kept.'])
    },
  )

  test.each(['gnu', 'ustar', 'v7', 'pax'])(
    'what GNU tar writes in its format %s is taken',
    async (format) => {
      using scratch = scratchDirectory()
      mkdirSync(join(scratch.path, 'd'))
      writeFileSync(join(scratch.path, 'd', 'a'), 'data')
      const long = ['v7', 'ustar'].includes(format) ? 'short' : 'long'.repeat(60)
      writeFileSync(join(scratch.path, 'd', long), 'data')
      const tar = execFileSync('tar', [`--format=${format}`, '--create', '--directory', scratch.path, 'd'])
      const { entries, summary } = await importAll(tar)
      expect(entries.map(({ path }) => path).sort()).toEqual(['d', 'd/a', `d/${long}`])
      expect(summary).toMatchObject({ entries: 3, files: 2, bytes: 8, warnings: [], singleTopDirectory: 'd' })
    },
  )

  test.each(['USTAR_FORMAT', 'GNU_FORMAT', 'PAX_FORMAT'])(
    'what Python writes as %s is taken',
    async (format) => {
      using scratch = scratchDirectory()
      writeFileSync(join(scratch.path, 'a'), 'data')
      const script = `import sys, tarfile
with tarfile.open(fileobj=sys.stdout.buffer, mode='w|', format=tarfile.${format}) as archive: archive.add('a', 'x/é')`
      const { entries } = await importAll(execFileSync('python3', ['-c', script], { cwd: scratch.path }))
      expect(entries).toMatchObject([{ path: Buffer.from('x/é').toString('latin1'), size: 4 }])
    },
  )
})
