import { race } from './measure.ts'
import type { Figure } from './run.ts'
import type { Stage } from './stage.ts'

/** `docker vol ls` over many volumes. */
export async function raceListing(
  stage: Stage,
  count: number,
  rounds: number,
  told: (line: string) => void,
  makeVolume: (stage: Stage, name: string) => Promise<void>,
): Promise<readonly Figure[]> {
  for (let number = 0; number < count; number++) await makeVolume(stage, `docker-vol-bench-many-${number}`)
  const medians = await race(
    rounds,
    [{ name: 'docker vol ls', run: () => stage.shell('docker vol ls >/dev/null') }],
    (line) => told(`${count} volumes, ${line}`),
  )
  const seconds = medians.get('docker vol ls') ?? Infinity
  return [
    {
      what: `\`docker vol ls\` over ${count} volumes, seconds`,
      ratio: seconds,
      goal: '< 1',
      met: seconds < 1,
      medians: `${seconds.toFixed(2)} s`,
    },
  ]
}
