import { race, type Contender } from './measure.ts'
import type { Figure } from './run.ts'
import { makeVolume, type Stage } from './stage.ts'

/** Restoring into a new volume, against the recipe and against zstd and tar on the host itself. */
export async function raceRestores(
  stage: Stage,
  volume: string,
  rounds: number,
  told: (line: string) => void,
): Promise<readonly Figure[]> {
  const { folder, bed } = stage
  const target = 'docker-vol-bench-target'
  const remove = async () => {
    await stage.docker('volume', 'rm', target)
  }
  const into = (name: string, command: (mountpoint: string) => string): Contender => {
    let mountpoint = ''
    return {
      name,
      async prepare() {
        await makeVolume(stage, target)
        mountpoint = await stage.mountpoint(target)
      },
      run: () => stage.shell(`${command(mountpoint)} && sync -f ${mountpoint}`),
      cleanUp: remove,
    }
  }
  const medians = await race(
    rounds,
    [
      into(
        'recipe',
        () =>
          `docker run --rm -v ${target}:/data -v ${folder}:/backup:ro ${bed.images.busybox} tar xzf /backup/recipe.tgz -C /`,
      ),
      into('host', (mountpoint) => `zstd -q -dc ${folder}/host.tar.zst | tar -x -C ${mountpoint}`),
      // Into a volume that it makes itself, as after a loss; it brings the files to disk by itself.
      {
        name: 'docker vol',
        run: () => stage.shell(`docker vol restore -q --progress quiet --into ${target} ${volume}@latest`),
        cleanUp: remove,
      },
    ],
    (line) => told(`restore, ${line}`),
  )
  const [recipe = 0, host = 0, ours = 1] = ['recipe', 'host', 'docker vol'].map((name) => medians.get(name))
  const times = `recipe ${recipe.toFixed(1)} s, host ${host.toFixed(1)} s, docker vol ${ours.toFixed(1)} s`
  return [
    {
      what: 'restore: recipe `tar xzf` / docker vol',
      ratio: recipe / ours,
      goal: '≥ 1.7',
      met: recipe / ours >= 1.7,
      medians: times,
    },
    {
      what: 'restore: docker vol / host `zstd -d \\| tar x`',
      ratio: ours / host,
      goal: '≤ 1.4',
      met: ours / host <= 1.4,
      medians: times,
    },
  ]
}
