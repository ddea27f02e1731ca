/**
 * `npm run bench`: how fast the main job is against the classic recipe and the host's own programs, in one run.
 * Everything is timed until the result is on disk. Prints a table and writes it to bench/results.md.
 */
import { writeFile } from 'node:fs/promises'
import { arch, availableParallelism, cpus, totalmem } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { execa } from 'execa'
import { raceAudits } from './audits.ts'
import { measureFrozen } from './frozen.ts'
import { raceListing } from './listing.ts'
import { raceMigration } from './migration.ts'
import { raceNative } from './native.ts'
import { raceRestores } from './restores.ts'
import { raceSnapshots } from './snapshots.ts'
import { enterStage, makePostgresData, makeVolume } from './stage.ts'
import { raceStarts } from './starts.ts'

/** One line of the table: a ratio of two medians, and what it should be. */
export type Figure = {
  readonly what: string
  readonly ratio: number
  readonly goal: string
  readonly met: boolean
  readonly medians: string
}

const rounds = Number(process.env['VOL_BENCH_ROUNDS'] ?? '5')
const scale = Number(process.env['VOL_BENCH_SCALE'] ?? '100')

const told = (line: string) => console.error(line)
const stage = await enterStage()
const figures: Figure[] = []
let size = ''
try {
  const source = 'docker-vol-bench-source'
  await makePostgresData(stage, source, scale)
  size =
    (await execa('du', ['--apparent-size', '-sb', await stage.mountpoint(source)])).stdout.split('\t')[0] ??
    ''
  figures.push(...(await raceSnapshots(stage, source, rounds, told)))
  figures.push(...(await raceRestores(stage, source, rounds, told)))
  figures.push(...(await measureFrozen(stage, source, rounds, told)))
  figures.push(...(await raceNative(stage, source, rounds, told)))
  figures.push(...(await raceMigration(stage, scale, Math.min(rounds, 3), told)))
  figures.push(...(await raceListing(stage, 200, rounds, told, makeVolume)))
  figures.push(...(await raceAudits(stage, 1000, rounds, told)))
  figures.push(...(await raceStarts(stage, 20, told)))
} finally {
  await stage.leave()
}

const { stdout: commit } = await execa('git', ['describe', '--always', '--dirty'], { reject: false })
const machine = `${availableParallelism()} cores (${cpus()[0]?.model ?? arch()}), ${Math.round(totalmem() / 1024 ** 3)} GiB`
const table = [
  '| what | ratio | goal | | medians |',
  '|---|---:|---|---|---|',
  ...figures.map(
    ({ what, ratio, goal, met, medians }) =>
      `| ${what} | ${ratio.toFixed(2)} | ${goal} | ${met ? 'met' : '**missed**'} | ${medians} |`,
  ),
].join('\n')
const page = `# Benchmarks

Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}, commit ${commit || 'unknown'}, ${machine}, Node ${process.versions.node}.
Postgres data: ${(Number(size) / 1e9).toFixed(2)} GB (pgbench, scale ${scale}). Medians of ${rounds} rounds in which the
contenders take turns; each is timed until its result is on disk (\`sync\`). Only ratios within one run mean something.

${table}
`
console.log(table)
await writeFile(path.join(import.meta.dirname, 'results.md'), page)
