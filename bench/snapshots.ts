import { rm } from 'node:fs/promises'
import path from 'node:path'
import { race } from './measure.ts'
import type { Figure } from './run.ts'
import type { Stage } from './stage.ts'

/** Taking a snapshot, against the recipe and against tar and zstd on the host itself. */
export async function raceSnapshots(
  stage: Stage,
  volume: string,
  rounds: number,
  told: (line: string) => void,
): Promise<readonly Figure[]> {
  const { folder, bed } = stage
  const store = path.join(folder, 'config', 'vol')
  const mountpoint = await stage.mountpoint(volume)
  const medians = await race(
    rounds,
    [
      {
        name: 'recipe',
        run: () =>
          stage.shell(
            `docker run --rm -v ${volume}:/data:ro -v ${folder}:/backup ${bed.images.busybox} tar czf /backup/recipe.tgz -C / data && sync ${folder}/recipe.tgz`,
          ),
      },
      {
        name: 'host',
        run: () =>
          stage.shell(
            `tar -C ${mountpoint} -cf - . | zstd -q -3 -T0 -f -o ${folder}/host.tar.zst && sync ${folder}/host.tar.zst`,
          ),
      },
      {
        name: 'docker vol',
        // A new store each time: an equal layer that is there already would be shared.
        prepare: () => rm(store, { recursive: true, force: true }),
        run: () => stage.shell(`docker vol snapshot -q --progress quiet ${volume}`),
      },
    ],
    (line) => told(`snapshot, ${line}`),
  )
  const [recipe = 0, host = 0, ours = 1] = ['recipe', 'host', 'docker vol'].map((name) => medians.get(name))
  const times = `recipe ${recipe.toFixed(1)} s, host ${host.toFixed(1)} s, docker vol ${ours.toFixed(1)} s`
  return [
    {
      what: 'snapshot: recipe `tar czf` / docker vol',
      ratio: recipe / ours,
      goal: '≥ 6',
      met: recipe / ours >= 6,
      medians: times,
    },
    {
      what: 'snapshot: docker vol / host `tar \\| zstd -3 -T0`',
      ratio: ours / host,
      goal: '≤ 1.6',
      met: ours / host <= 1.6,
      medians: times,
    },
  ]
}
