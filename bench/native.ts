import { rm } from 'node:fs/promises'
import path from 'node:path'
import { race } from './measure.ts'
import type { Figure } from './run.ts'
import { startPostgres, type Stage } from './stage.ts'

/** The backup that a running Postgres makes of itself, as a snapshot and alone. */
export async function raceNative(
  stage: Stage,
  volume: string,
  rounds: number,
  told: (line: string) => void,
): Promise<readonly Figure[]> {
  const store = path.join(stage.folder, 'config', 'vol')
  const server = await startPostgres(stage, volume)
  const medians = await race(
    rounds,
    [
      {
        name: 'pg_basebackup',
        run: () =>
          stage.shell(
            `docker exec --user=postgres ${server} pg_basebackup -D - -Ft -X fetch --checkpoint=fast >/dev/null`,
          ),
      },
      {
        name: 'docker vol',
        prepare: () => rm(store, { recursive: true, force: true }),
        run: () => stage.shell(`docker vol snapshot -q --progress quiet --consistency native ${volume}`),
      },
    ],
    (line) => told(`native, ${line}`),
  )
  await stage.docker('rm', '--force', '--volumes', server)
  const [alone = 1, ours = 0] = ['pg_basebackup', 'docker vol'].map((name) => medians.get(name))
  return [
    {
      what: 'native snapshot: docker vol / `pg_basebackup` alone, to nowhere',
      ratio: ours / alone,
      goal: '≤ 1.3',
      met: ours / alone <= 1.3,
      medians: `pg_basebackup ${alone.toFixed(1)} s, docker vol ${ours.toFixed(1)} s`,
    },
  ]
}
