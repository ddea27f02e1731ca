import type { Fact } from './manifest.ts'

/**
 * What the parts of each table by hash hold together: rows and sums, which do not tell which part a row is in. Keys are
 * JSON of database and table.
 */
export function wholesOf(facts: readonly Fact[]): ReadonlyMap<string, string> {
  const wholes = new Map<string, readonly bigint[]>()
  for (const { kind, database, fields } of facts) {
    const { partition, rows, sums } = fields
    if (kind !== 'rows' || typeof partition !== 'string' || !Array.isArray(sums)) continue
    const key = JSON.stringify([database, partition])
    const [count = 0n, one = 0n, other = 0n] = wholes.get(key) ?? []
    wholes.set(key, [
      count + BigInt(Number(rows)),
      one + BigInt(String(sums[0])),
      other + BigInt(String(sums[1])),
    ])
  }
  return new Map([...wholes].map(([key, sums]) => [key, sums.join(' ')]))
}
