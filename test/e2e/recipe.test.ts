/** The classic recipe, a helper container that tars a volume: what it made is restored, and it reads what we make. */
import { mkdir, readdir } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { execa } from 'execa'
import { expectDone } from './checks.ts'
import type { Listed, Listing } from './listing.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('recipe')
const backups = path.join(bed.folder, 'backups')
let volume = ''
let original: Listing

beforeAll(async () => {
  await mkdir(backups)
  volume = await bed.volume('data')
  await bed.shell(
    volume,
    `mkdir -p base/1 empty; echo 15 >PG_VERSION; head -c 300000 /dev/urandom >base/1/1247; ln -s base/1 link
    ln PG_VERSION hard; mkfifo fifo; echo "ü" >"naïve name"; echo x >-rf; chmod 600 PG_VERSION; chmod 4755 base/1/1247
    chown -R 999:998 base; chown 70:70 empty; chown -h 5:6 link; truncate -s 3M hole; chown 999:999 .; chmod 2700 .
    find . -exec touch -h -d @1700000000 {} +`,
  )
  original = await bed.listing(volume)
})

/** `docker run --rm -v V:/data:ro -v DIR:/backup IMAGE …`, word for word as it is taught. */
async function recipe(image: string, mount: string, ...command: readonly string[]): Promise<void> {
  const mounts = ['-v', mount, '-v', `${backups}:/backup`]
  await bed.docker('run', '--rm', '--pull=never', ...mounts, image, ...command)
}

/** Restores an archive of the backups into a new volume, and returns what that holds and what was said. */
async function restored(file: string): Promise<{ listing: Listing; said: string; volume: string }> {
  const target = bed.name('restored')
  const result = await bed.vol('restore', '--from', path.join(backups, file), target)
  expect(expectDone(result)).toBe(`${target}\n`)
  return { listing: await bed.listing(target), said: result.stderr, volume: target }
}

const { busybox, debian } = bed.images

test.each([
  ['the recipe, with busybox', busybox, ['czf', '/backup/A', '-C', '/', 'data'], true],
  ['the recipe without compression', busybox, ['cf', '/backup/A', '-C', '/', 'data'], true],
  ['tar of . with busybox', busybox, ['czf', '/backup/A', '-C', '/data', '.'], false],
  ['the recipe, with GNU tar', debian, ['czf', '/backup/A', '-C', '/', 'data'], true],
  ['the recipe with an absolute path, with GNU tar', debian, ['czf', '/backup/A', '/data'], true],
  ['tar of . with GNU tar', debian, ['czf', '/backup/A', '-C', '/data', '.'], false],
  ['tar of . in posix format', debian, ['cf', '/backup/A', '--format=posix', '-C', '/data', '.'], false],
  ['sparse tar of .', debian, ['cf', '/backup/A', '--format=posix', '--sparse', '-C', '/data', '.'], false],
] as const)(
  '%s must be restored with owners, modes, links and times',
  async (_, image, [verb, , ...rest], top) => {
    const file = `${bed.name('backup')}.${verb === 'czf' ? 'tgz' : 'tar'}`
    await recipe(image, `${volume}:/data:ro`, 'tar', verb, `/backup/${file}`, ...rest)
    const { listing, said } = await restored(file)
    expect(listing.files).toEqual(original.files)
    expect(said.includes('Everything in the archive lies in "data/"')).toBe(top)
  },
)

test('an archive of the recipe must replace what a volume holds, root included', async () => {
  const file = `${bed.name('backup')}.tgz`
  await recipe(busybox, `${volume}:/data:ro`, 'tar', 'czf', `/backup/${file}`, '-C', '/', 'data')
  const target = await bed.volume('replaced')
  await bed.shell(target, 'echo old >old; mkdir base; echo old >base/old; chmod 777 .')
  expectDone(await bed.vol('restore', '--yes', '--from', path.join(backups, file), target))
  expect((await bed.listing(target)).files).toEqual(original.files)
})

test('a tar that docker cp made must be restored with owners, modes, links and times', async () => {
  const container = await bed.container({ volumes: { [volume]: '/data:ro' } })
  const file = path.join(backups, 'cp.tar')
  await bed.docker('cp', `${container}:/data`, '-', { outputFile: file })
  expect((await restored('cp.tar')).listing.files).toEqual(original.files)
})

test('a tar through a pipe from the recipe must be restored', async () => {
  const made = path.join(bed.folder, 'pipe.tgz')
  const run = ['run', '--rm', '--pull=never', '-v', `${volume}:/data:ro`, busybox]
  await bed.docker(...run, 'tar', 'czf', '-', '-C', '/', 'data', { outputFile: made })
  const target = bed.name('piped')
  const { stdout } = await execa('cat', [made], { encoding: 'buffer' })
  expectDone(await bed.vol('restore', '--from=-', target, { input: stdout }))
  expect((await bed.listing(target)).files).toEqual(original.files)
})

test.each([
  ['tar.gz', busybox, 'tar xzf'],
  ['tgz', debian, 'tar xzf'],
  ['tar', busybox, 'tar xf'],
  ['tar', debian, 'tar xf'],
  ['tar.zst', debian, 'tar --zstd -xf'],
])('what snapshot --output writes as .%s must be restored by tar in %s', async (kind, image, tar) => {
  const file = `${bed.name('output')}.${kind}`
  expectDone(await bed.vol('snapshot', '--output', path.join(backups, file), volume))
  const target = await bed.volume('by-recipe')
  const zstd = kind === 'tar.zst'
  // The Debian image has no zstd; this machine's is what the recipe's user would have.
  if (zstd) await execa('zstd', ['-q', '-d', path.join(backups, file)])
  const command = zstd
    ? `tar xf /backup/${file.replace(/\.zst$/, '')} -C /data`
    : `${tar} /backup/${file} -C /data`
  await recipe(image, `${target}:/data`, 'sh', '-c', command)
  const found = (await bed.listing(target)).files
  expect(Object.keys(found)).toEqual(Object.keys(original.files))
  for (const [name, each] of Object.entries(found)) expect(core(each)).toEqual(core(original.files[name]))
})

function core(listed: Listed | undefined): unknown {
  if (listed === undefined) return undefined
  const { type, uid, gid, size, sha256, target, linkedWith, mode } = listed
  // Busybox gives links to whoever runs it.
  const owner = type === 'symlink' ? {} : { uid, gid }
  return { type, ...owner, size, sha256, target, linkedWith, mode }
}

test('what snapshot --output writes must come back the same through restore --from, to the nanosecond', async () => {
  const rich = await bed.volume('rich')
  await bed.shell(
    rich,
    `echo x >a; touch -d @1500000000.123456789 a; truncate -s 10M s; printf x | dd of=s bs=1 seek=5M conv=notrunc status=none
    mkdir -m 1777 d; chown 1:2 .; chmod 711 .; touch -d @1500000001.000000001 d .`,
  )
  const before = await bed.listing(rich)
  for (const kind of ['tar', 'tar.gz', 'tar.zst']) {
    expectDone(await bed.vol('snapshot', '--output', path.join(backups, `rich.${kind}`), rich))
    // Holes are written as zeros, so that every tar can read them; all else comes back.
    expect((await restored(`rich.${kind}`)).listing.files).toEqual(before.files)
  }
  expect((await readdir(backups)).filter((name) => name.includes('partial'))).toEqual([])
})
