import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { hostHelper } from '../../test/fakes/helper.ts'
import type { Helper } from '../docker/docker.ts'
import { startCompressor } from '../frames/compress.ts'
import { directoryUnderTest } from '../stores/directory-under-test.ts'
import type { Draft } from '../stores/store.ts'
import { takeFirstPass, takeSecondPass, type PassRequest } from './two-passes.ts'

const begun = new Error('the copy was begun')

/** A request whose volume lies on a file system, and whose copy fails as soon as it begins. */
function on(fileSystem: string): PassRequest {
  const helper: Helper = {
    path: (mount) => `/${mount}`,
    run: async () => ({ exitCode: 0, stdout: `${fileSystem}\n1795439370123456789\n`, stderr: '' }),
    reading: () => Promise.reject(begun),
    writing: () => Promise.reject(begun),
    close: async () => undefined,
  }
  const blob = { write() {}, finish: () => Promise.reject(begun) }
  return {
    helper,
    compressor: { run: () => Promise.reject(begun), close: async () => undefined },
    draft: {
      blob: () => blob,
      open: () => Promise.reject(begun),
      settled: async () => undefined,
      commit: () => Promise.reject(begun),
      abandon: async () => undefined,
    },
    signal: new AbortController().signal,
    expect() {},
    progress() {},
  }
}

test.each(['ext2/ext3', 'xfs', 'btrfs', 'f2fs'])(
  'what lies on %s is copied before the hold',
  async (name) => {
    await expect(takeFirstPass(on(name))).rejects.toBe(begun)
  },
)

test.each(['tmpfs', 'nfs', 'smb2', 'fuseblk', 'overlayfs', 'UNKNOWN (0x1234)'])(
  'what lies on %s, whose times of change tell too little, is copied while it is held alone',
  async (name) => {
    expect(await takeFirstPass(on(name))).toBeUndefined()
  },
)

test('the disk of the store is waited for before containers are held and after, but never meanwhile', async () => {
  const root = mkdtempSync(path.join(tmpdir(), 'docker-vol-passes-'))
  const { signal } = new AbortController()
  const host = await hostHelper(new Map([['volume', root]]), signal, () => undefined)
  const compressor = startCompressor()
  const place = await directoryUnderTest()
  const draft = await place.store.begin('data')
  onTestFinished(async () => {
    await host.close()
    await compressor.close()
    await draft.abandon()
    await place.dispose()
    rmSync(root, { recursive: true })
  })
  const said: string[] = []
  let disk = Promise.resolve()
  const slow: Draft = {
    ...draft,
    blob(mediaType) {
      const blob = draft.blob(mediaType)
      return { ...blob, finish: () => disk.then(() => blob.finish()) }
    },
    async settled() {
      said.push('settled')
      await draft.settled()
    },
  }
  const ofExt4: Helper = { ...host, run: (script) => on('ext2/ext3').helper.run(script) }
  const request = { ...on('ext2/ext3'), helper: ofExt4, compressor, draft: slow, signal }

  writeFileSync(path.join(root, 'file'), 'before')
  const first = await takeFirstPass(request)
  if (first === undefined) throw new Error('nothing was copied before')
  expect(said).toEqual(['settled'])

  const busy = Promise.withResolvers<void>()
  disk = busy.promise
  writeFileSync(path.join(root, 'file'), 'after it')
  const finish = await takeSecondPass(request, first, { method: 'paused', why: 'a test asks for it' })
  said.push('containers go on')
  const finishing = finish().then((taken) => {
    said.push('finished')
    return taken
  })
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(said).toEqual(['settled', 'containers go on'])
  busy.resolve()
  expect((await finishing).totals).toMatchObject({ files: 1, bytes: 8 })
})
