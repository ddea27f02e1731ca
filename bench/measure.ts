import { execa } from 'execa'

/** A way to do a job, timed from outside, in wall seconds. */
export type Contender = {
  readonly name: string
  /** Runs before each round, untimed. */
  prepare?(): Promise<void>
  run(): Promise<void>
  /** Runs after each round, untimed. */
  cleanUp?(): Promise<void>
}

/** Medians of several rounds, in which the contenders take turns, so that a noisy moment meets all of them. */
export async function race(
  rounds: number,
  contenders: readonly Contender[],
  told: (line: string) => void,
): Promise<ReadonlyMap<string, number>> {
  const times = new Map<string, number[]>()
  for (let round = 1; round <= rounds; round++)
    for (const contender of contenders) {
      await contender.prepare?.()
      // What others left to be written must not be paid for by the next.
      await execa('sync')
      const start = performance.now()
      await contender.run()
      const seconds = (performance.now() - start) / 1000
      times.set(contender.name, [...(times.get(contender.name) ?? []), seconds])
      await contender.cleanUp?.()
      told(`round ${round}: ${contender.name} ${seconds.toFixed(2)} s`)
    }
  return new Map([...times].map(([name, all]) => [name, median(all)]))
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low = 0, high = 0] = [sorted[(sorted.length - 1) >> 1], sorted[middle]]
  return (low + high) / 2
}
