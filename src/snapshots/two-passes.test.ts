import { expect, test } from 'vitest'
import type { Helper } from '../docker/docker.ts'
import { takeFirstPass, type PassRequest } from './two-passes.ts'

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
