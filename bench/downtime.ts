import { median } from './measure.ts'
import type { Figure } from './run.ts'
import { makePostgresData, startPostgres, type Stage } from './stage.ts'

const volume = 'docker-vol-bench-downtime'

/**
 * How long a database is away for `docker vol migrate` in place, from 15 to 17: from when its container has ended, by the
 * engine's clock, until the command has, against what the rehearsal foretold.
 */
export async function measureDowntime(
  stage: Stage,
  scale: number,
  rounds: number,
  told: (line: string) => void,
): Promise<readonly Figure[]> {
  const { postgres15 } = stage.bed.images
  await makePostgresData(stage, volume, scale, postgres15)
  const figures: Figure[] = []
  for (const method of ['upgrade', 'dump'] as const) {
    const measured: number[] = []
    const foretold: number[] = []
    for (let round = 1; round <= rounds; round++) {
      const server = await startPostgres(stage, volume, postgres15)
      const { expected, away } = await migrate(stage, server, method)
      measured.push(away)
      foretold.push(expected)
      told(`downtime, round ${round}: ${method} ${away.toFixed(1)} s, foretold ${expected.toFixed(1)} s`)
      await stage.docker('rm', '--force', '--volumes', server)
      await stage.docker('vol', 'undo', '--yes', '--progress', 'quiet', volume)
    }
    const ratio = median(measured) / median(foretold)
    figures.push({
      what: `downtime of \`docker vol migrate --method ${method}\` from 15 to 17: measured / foretold by its rehearsal`,
      ratio,
      goal: '≤ 1.3',
      met: ratio <= 1.3,
      medians: `measured ${median(measured).toFixed(1)} s, foretold ${median(foretold).toFixed(1)} s`,
    })
  }
  return figures
}

type Told = {
  readonly Rehearsal: { readonly ExpectedDowntimeSeconds: number }
}

/** Both in seconds. */
async function migrate(
  stage: Stage,
  server: string,
  method: string,
): Promise<{ readonly expected: number; readonly away: number }> {
  const words = ['vol', 'migrate', '--yes', '--format', 'json', '--progress', 'quiet', '--method', method]
  const output = await stage.docker(...words, volume, '--to', stage.bed.images.postgres17)
  const ended = Date.now()
  const { Rehearsal }: Told = JSON.parse(output)
  const finished = await stage.docker('inspect', '--format', '{{.State.FinishedAt}}', server)
  return { expected: Rehearsal.ExpectedDowntimeSeconds, away: (ended - Date.parse(finished)) / 1000 }
}
