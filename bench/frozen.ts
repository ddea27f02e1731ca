import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { median } from './measure.ts'
import type { Figure } from './run.ts'
import { labelled, type Stage } from './stage.ts'

/** Writes the time of the container's clock into a file of the volume, two hundred times a second. */
const beats = `exec 9<> <(:); while :; do echo "$EPOCHREALTIME"; read -rt 0.005 -u 9; done >/data/beats`

/**
 * How long a container stands still while a mostly unchanged volume is snapshotted, by its own clock: the longest time
 * in which it wrote nothing.
 */
export async function measureFrozen(
  stage: Stage,
  volume: string,
  rounds: number,
  told: (line: string) => void,
): Promise<readonly Figure[]> {
  const name = `${volume}-beats`
  const run = ['run', '--detach', '--pull=never', '--init', labelled, `--name=${name}`, '--network=none']
  await stage.docker(...run, `--volume=${volume}:/data`, stage.bed.images.debian, 'bash', '-c', beats)
  const file = path.join(await stage.mountpoint(volume), 'beats')
  const frozen: number[] = []
  const still: number[] = []
  for (let round = 1; round <= rounds; round++) {
    await stage.shell('sync')
    const begun = await beatsIn(file)
    await stage.shell('sleep 3')
    const before = await beatsIn(file)
    await stage.shell(`docker vol snapshot -q --progress quiet --consistency pause ${volume}`)
    const after = await beatsIn(file)
    still.push(longestGap(before.slice(begun.length)))
    frozen.push(longestGap(after.slice(before.length)))
    told(`frozen, round ${round}: ${frozen.at(-1)?.toFixed(2)} s`)
  }
  await stage.docker('rm', '--force', name)
  await stage.shell(`rm ${file}`)
  const seconds = median(frozen)
  return [
    {
      what: 'paused snapshot of a mostly unchanged volume: seconds in which its container stands still',
      ratio: seconds,
      goal: '< 1',
      met: seconds < 1,
      medians: `${seconds.toFixed(2)} s; left alone ${median(still).toFixed(2)} s`,
    },
  ]
}

/** The seconds that were written so far, the last line excepted, which may be half written. */
async function beatsIn(file: string): Promise<readonly number[]> {
  return (await readFile(file, 'utf8')).split('\n').slice(0, -1).map(Number)
}

function longestGap(times: readonly number[]): number {
  return Math.max(0, ...times.slice(1).map((time, index) => time - (times[index] ?? time)))
}
