import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { execa } from 'execa'
import { afterAll } from 'vitest'
import type { Scenario } from './scenario.ts'

/** Makes a small file system with a folder in it, and returns that. `inodes` leaves room for so many files only. */
export type SmallFileSystem = (
  name: string,
  size: { readonly mebibytes: number; readonly inodes?: number },
) => Promise<string>

/** Small file systems, each in a file, for the tests of one file; they are taken away after the last. Needs root. */
export function smallFileSystems(bed: Scenario): SmallFileSystem {
  const mounted: string[] = []
  // Lazily: an engine that holds one still lets go of it with its volume.
  afterAll(async () => {
    for (const folder of mounted) await execa('umount', ['--lazy', folder])
  })
  return async (name, { mebibytes, inodes }) => {
    // A test that is tried again makes another of the same name.
    const place = path.join(bed.folder, mounted.length === 0 ? name : `${name} ${mounted.length}`)
    const image = `${place}.img`
    const folder = `${place} mounted`
    const few = inodes === undefined ? [] : ['-N', String(inodes)]
    await execa('truncate', ['-s', `${mebibytes}M`, image])
    await execa('mkfs.ext4', ['-q', '-F', '-m', '0', ...few, image])
    await mkdir(folder)
    await execa('mount', ['-o', 'loop', image, folder])
    mounted.push(folder)
    const inside = path.join(folder, 'inside')
    await mkdir(inside)
    return inside
  }
}

/** A volume whose files lie in a folder of this machine; its mountpoint shows them only while a container has it. */
export async function volumeIn(bed: Scenario, folder: string, part: string): Promise<string> {
  return await bed.volume(part, { options: { type: 'none', o: 'bind', device: folder } })
}

/** Writes a file that leaves so many bytes free. */
export async function fillUp(folder: string, leave: number): Promise<string> {
  const ballast = path.join(folder, 'ballast')
  await execa('sh', ['-uc', fill, 'sh', folder, ballast, String(leave)])
  return ballast
}

// Blocks that list the file's blocks take room, too; so the end is filled block by block.
const fill = `
free() { df --output=avail -B1 "$1" | tail -n 1; }
fallocate -l $(($(free "$1") - $3 - 262144 > 0 ? $(free "$1") - $3 - 262144 : 4096)) "$2"
while [ "$(free "$1")" -gt "$3" ]; do head -c 4096 /dev/zero >>"$2" || break; done 2>/dev/null; exit 0
`
