import { constants, type Stats } from 'node:fs'
import { lstat, open, readdir } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import type { Scenario } from '../scenario.ts'

/** A copy of a volume at one instant: its container is frozen meanwhile. */
export async function frozenCopy(bed: Scenario, volume: string, container: string): Promise<string> {
  const copy = await bed.volume('frozen')
  await freeze(bed, container)
  try {
    await execa('cp', ['--archive', `${await bed.mountpoint(volume)}/.`, await bed.mountpoint(copy)])
  } finally {
    await bed.docker('unpause', container)
  }
  return copy
}

/**
 * Pauses a container. On cgroups v1, one whose processes wait for a slow disk may not freeze in runc's time; it may
 * at the next try.
 */
export async function freeze(bed: Scenario, container: string): Promise<void> {
  for (let tries = 1; tries < 20; tries += 1) {
    if ((await bed.tryDocker('pause', container)).exitCode === 0) return
    await sleep(200)
  }
  await bed.docker('pause', container)
}

/**
 * A copy as slow programs make it of a live volume: the first half of every file is what it was before `meanwhile`,
 * the second half what it was after it.
 */
export async function tornCopy(
  bed: Scenario,
  volume: string,
  meanwhile: () => Promise<unknown>,
): Promise<string> {
  const copy = await bed.volume('torn')
  const [from, to] = [await bed.mountpoint(volume), await bed.mountpoint(copy)]
  // That files go away under it is what such a copy is like.
  await execa('cp', ['--archive', `${from}/.`, to], { reject: false })
  await meanwhile()
  const names = await readdir(to, { recursive: true })
  for (const name of names) await copySecondHalf(path.join(from, name), path.join(to, name))
  return copy
}

async function copySecondHalf(from: string, to: string): Promise<void> {
  const before: Stats = await lstat(to)
  const now = await lstat(from).catch(() => undefined)
  if (!before.isFile() || !now?.isFile()) return
  const source = await open(from, constants.O_RDONLY)
  const target = await open(to, constants.O_WRONLY)
  try {
    // On a page's border, as any copy that reads in blocks.
    const half = Math.floor(before.size / 2 / 65_536) * 65_536
    const rest = Buffer.alloc(now.size - Math.min(half, now.size))
    await source.read(rest, 0, rest.length, half)
    await target.truncate(Math.min(half, now.size))
    await target.write(rest, 0, rest.length, half)
  } finally {
    await source.close()
    await target.close()
  }
}
