import { randomBytes } from 'node:crypto'

const pattern = /^\d{8}T\d{6}Z-[0-9a-f]{4}$/

/** A new ID, such as `20261123T071155Z-3f9c`: UTC to the second, then chance. IDs sort by time as strings. */
export function newSnapshotId(now: Date, random: (bytes: number) => Buffer = randomBytes): string {
  const time = now
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(/[-:]/g, '')
  return `${time}-${random(2).toString('hex')}`
}

/** Whether this is a whole ID, not `latest` or a prefix. */
export function isSnapshotId(text: string): boolean {
  return pattern.test(text)
}

/** Compares two IDs (or other plain ASCII) by code unit, whatever the locale. */
export function compareIds(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
