import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { exampleConfig, exampleId } from '../snapshots/examples.ts'
import { mediaTypes } from '../snapshots/format.ts'
import { commitExample, readLayer, writeBlob } from './contract.ts'
import { directoryStore } from './directory.ts'
import type { Store } from './store.ts'

/* A file system of 2 MiB is mounted for each test, which only root on Linux may do, and not in every container. */
const mayMount = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0
describe.runIf(mayMount)('on a disk that is full', () => {
  let disk: string
  let small: Store
  beforeEach(() => {
    disk = mkdtempSync(path.join(tmpdir(), 'vol-disk-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk])
    small = directoryStore(path.join(disk, 'snapshots'))
  })
  afterEach(() => {
    execFileSync('umount', [disk])
    rmSync(disk, { recursive: true })
  })

  const noSpace = (): object => ({ code: 'NO_SPACE', message: expect.stringContaining(small.location) })

  test('writing fails with NO_SPACE, leaves nothing, and the store goes on', async () => {
    const snapshot = await commitExample(small, 1, ['content'])
    for (let round = 0; round < 5; round += 1) {
      const draft = await small.begin('pgdata')
      const blob = draft.blob(mediaTypes.layer)
      const fill = (): void => {
        for (;;) blob.write(Buffer.alloc(64 * 1024 + round))
      }
      expect(fill).toThrow(expect.objectContaining(noSpace()))
      expect(await small.list()).toEqual([snapshot])
      await draft.abandon()
    }
    expect(readdirSync(path.join(small.location, 'pgdata', 'tmp'))).toEqual([])
    expect(await readLayer(small, snapshot)).toBe('content')
    await commitExample(small, 2, ['x'.repeat(1024 * 1024)])
  })

  test('a commit that finds no room changes nothing, whichever of its files it was', async () => {
    const snapshot = await commitExample(small, 1, ['content'])
    const filler = path.join(disk, 'filler')
    // From no free page to enough of them: draft, layer, config, manifest and index each fail once.
    for (let free = 0; free < 12; free += 1) {
      fillUp(filler, free)
      const attempt = async (): Promise<void> => {
        const draft = await small.begin('pgdata')
        try {
          const layer = await writeBlob(draft, `content ${free}`)
          await draft.commit(exampleConfig(exampleId(10 + free)), [layer], {})
        } catch (error) {
          await draft.abandon()
          throw error
        }
      }
      const result = await attempt().then(
        () => 'done',
        (error: unknown) => error,
      )
      if (result === 'done') await small.remove({ volume: 'pgdata', id: exampleId(10 + free) })
      else expect(result).toMatchObject(noSpace())
      rmSync(filler, { force: true })
      expect(await small.list()).toEqual([snapshot])
      expect(await small.problems()).toEqual([])
      expect(readdirSync(path.join(small.location, 'pgdata', 'blobs', 'sha256'))).toHaveLength(3)
      expect(readdirSync(path.join(small.location, 'pgdata', 'tmp'))).toEqual([])
    }
  })

  test('a snapshot can be removed when not one byte is free', async () => {
    const first = await commitExample(small, 1, ['one'.repeat(10_000)])
    const second = await commitExample(small, 2, ['two'])
    fillUp(path.join(disk, 'filler'), 0)
    expect((await small.remove(first)).freedBytes).toBeGreaterThan(30_000)
    expect(await small.list()).toEqual([second])
    expect(await readLayer(small, second)).toBe('two')
  })
})

/** Writes until nothing more fits, then leaves so many pages free. */
function fillUp(file: string, pages: number): void {
  const page = Buffer.alloc(4096)
  let size = 0
  const append = (): boolean => {
    try {
      writeFileSync(file, page, { flag: 'a' })
      size += 1
      return true
    } catch {
      return false
    }
  }
  while (append());
  execFileSync('truncate', ['-s', String((size - pages) * page.length), file])
}
