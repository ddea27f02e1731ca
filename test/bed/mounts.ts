import { readFile } from 'node:fs/promises'
import { sep } from 'node:path'

import { execa } from 'execa'

/** Unmounts everything on or below a folder: before it is removed, or the removal goes on into what is mounted. */
export async function unmountBelow(folder: string): Promise<void> {
  // Later mounts first: they may lie on earlier ones.
  for (const place of (await mountsBelow(folder)).toReversed()) {
    await execa('umount', ['--lazy', place], { reject: false })
  }
  const left = await mountsBelow(folder)
  if (left.length > 0) throw new Error(`cannot unmount ${left.join(', ')}`)
}

async function mountsBelow(folder: string): Promise<string[]> {
  const table = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '')
  return table
    .split('\n')
    .map((line) => unescaped(line.split(' ')[4] ?? ''))
    .filter((place) => place === folder || place.startsWith(folder + sep))
}

/** The kernel writes spaces and the like as octal numbers. */
function unescaped(place: string): string {
  return place.replaceAll(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCodePoint(parseInt(octal, 8)))
}
