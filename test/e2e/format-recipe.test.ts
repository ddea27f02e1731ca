/** The recipe in docs/format.md, run as it stands there with the few programs that it names. */
import { copyFile, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { execa } from 'execa'
import { beforeAll, expect, test } from 'vitest'
import { expectDone, expectSameTree, onlyReference } from './checks.ts'
import { listTree, type Listing } from './listing.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('recipe')
const script = path.join(bed.folder, 'restore.sh')
const programs = path.join(bed.folder, 'programs')
let volume = ''
let reference = ''
let before: Listing

/** Several layers: many small files, a large one, directories; and all that a tree can hold. */
const fill = `
  mkdir -p deep/er 'odd name' "$(printf 'not utf-8 \\377')" empty; mkdir -m 2750 a a-b a/c
  for n in $(seq 300); do echo "$n" >"deep/er/file-$n"; done
  yes 'large enough for a layer of its own' | head -c 35M >large
  printf one >z-first; ln z-first a/second; ln z-first deep/third; ln -s ../nowhere deep/er/link
  mkfifo pipe; mknod null c 1 3; truncate -s 200M sparse; printf end | dd of=sparse bs=1 seek=150M conv=notrunc 2>/dev/null
  setfattr -n user.note -v kept z-first; setfacl -m u:1234:r 'odd name'; setcap cap_net_raw=ep large
  chown 7:8 z-first deep; chmod 4711 z-first; chown 70:70 .; chmod 1770 .
  touch -d @1.123456789 empty; touch -hd @2.2 deep/er/link; touch -d @1000000000.000000001 deep a a-b a/c .`

beforeAll(async () => {
  volume = await bed.volume()
  const mountpoint = await bed.mountpoint(volume)
  // On this machine, where setfattr, setfacl and setcap are.
  await execa('sh', ['-euc', fill], { cwd: mountpoint })
  before = await bed.listing(volume)
  reference = onlyReference(await bed.vol('snapshot', '-q', volume))
  await writeFile(script, await recipe())
  await mkdir(programs)
  for (const program of ['sh', 'tr', 'grep', 'head', 'sha256sum', 'zstd', 'tar']) {
    const { stdout } = await execa('sh', ['-c', `command -v ${program}`])
    await symlink(stdout, path.join(programs, program))
  }
})

/** The code block that calls itself restore.sh. */
async function recipe(): Promise<string> {
  const page = await readFile(path.resolve(import.meta.dirname, '..', '..', 'docs', 'format.md'), 'utf8')
  const [, block = ''] = /^```sh\n(#!\/bin\/sh\n# restore\.sh [^]*?)^```$/m.exec(page) ?? []
  expect(block).toContain('zstd -dc')
  return block
}

async function restore(layout: string, id: string, target: string) {
  await mkdir(target)
  const shell = path.join(programs, 'sh')
  return await execa(shell, [script, layout, id, target], {
    env: { PATH: programs },
    extendEnv: false,
    reject: false,
  })
}

function idOf(snapshot: string): string {
  return snapshot.slice(snapshot.indexOf('@') + 1)
}

test('the recipe of docs/format.md must bring back everything with nothing but zstd and tar', async () => {
  const shown: [{ Manifest: { layers: readonly object[] } }] = JSON.parse(
    expectDone(await bed.vol('show', reference)),
  )
  // Three kinds of layers and the file table.
  expect(shown[0].Manifest.layers.length).toBeGreaterThanOrEqual(4)
  const target = path.join(bed.folder, 'restored')
  const { exitCode, stderr } = await restore(path.join(bed.store, volume), idOf(reference), target)
  expect(exitCode, stderr).toBe(0)
  expectSameTree(await listTree(target), before)
})

test('the recipe must write nothing from a layer that was changed', async () => {
  const layout = path.join(bed.folder, 'damaged')
  await execa('cp', ['-a', path.join(bed.store, volume), layout])
  const shown: [{ Manifest: { layers: readonly { digest: string }[] } }] = JSON.parse(
    expectDone(await bed.vol('show', reference)),
  )
  const blob = path.join(layout, 'blobs', 'sha256', shown[0].Manifest.layers[1]?.digest.slice(7) ?? '')
  const bytes = await readFile(blob)
  bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
  await copyFile(blob, `${blob}.whole`)
  await writeFile(blob, bytes)
  const target = path.join(bed.folder, 'refused')
  const { exitCode, stderr } = await restore(layout, idOf(reference), target)
  expect(exitCode).not.toBe(0)
  expect(stderr).toMatch(/FAILED|checksum did NOT match/)
  expect(await readdir(target)).toEqual([])
})

test('the recipe must find the snapshot that is named, among several', async () => {
  const mountpoint = await bed.mountpoint(volume)
  await writeFile(path.join(mountpoint, 'later'), 'later')
  const later = onlyReference(await bed.vol('snapshot', '-q', volume))
  const target = path.join(bed.folder, 'first of two')
  const { exitCode, stderr } = await restore(path.join(bed.store, volume), idOf(reference), target)
  expect(exitCode, stderr).toBe(0)
  expect(await readdir(target)).not.toContain('later')
  const newer = path.join(bed.folder, 'second of two')
  expect((await restore(path.join(bed.store, volume), idOf(later), newer)).exitCode).toBe(0)
  expect(await readdir(newer)).toContain('later')
})
