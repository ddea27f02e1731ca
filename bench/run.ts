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
import { measureDowntime } from './downtime.ts'
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
const source = 'docker-vol-bench-source'

/** By the names that choose them: `npm run bench -- snapshots restores`. */
const races: Readonly<Record<string, () => Promise<readonly Figure[]>>> = {
  snapshots: () => raceSnapshots(stage, source, rounds, told),
  restores: () => raceRestores(stage, source, rounds, told),
  frozen: () => measureFrozen(stage, source, rounds, told),
  native: () => raceNative(stage, source, rounds, told),
  listing: () => raceListing(stage, 200, rounds, told, makeVolume),
  audits: () => raceAudits(stage, 1000, rounds, told),
  starts: () => raceStarts(stage, 20, told),
  migration: () => raceMigration(stage, scale, Math.min(rounds, 3), told),
  downtime: () => measureDowntime(stage, scale, Math.min(rounds, 2), told),
}
const asked = process.argv.slice(2)
const chosen = asked.length === 0 ? Object.keys(races) : asked

const figures: Figure[] = []
try {
  await makePostgresData(stage, source, scale)
  const { stdout } = await execa('du', ['--apparent-size', '-sb', await stage.mountpoint(source)])
  const bytes = Number(stdout.split('\t')[0])
  for (const [index, name] of chosen.entries()) {
    const race = races[name]
    if (race === undefined) throw new Error(`"${name}" is none of ${Object.keys(races).join(', ')}.`)
    figures.push(...(await race()))
    // A run may be cut off; what it has found by then is kept.
    await writeResults(bytes, chosen.slice(0, index + 1))
  }
} finally {
  await stage.leave()
}
console.log(table())

function table(): string {
  return [
    '| what | ratio | goal | | medians |',
    '|---|---:|---|---|---|',
    ...figures.map(
      ({ what, ratio, goal, met, medians }) =>
        `| ${what} | ${ratio.toFixed(2)} | ${goal} | ${met ? 'met' : '**missed**'} | ${medians} |`,
    ),
  ].join('\n')
}

async function writeResults(bytes: number, of: readonly string[]): Promise<void> {
  const { stdout: commit } = await execa('git', ['describe', '--always', '--dirty'], { reject: false })
  const memory = Math.round(totalmem() / 1024 ** 3)
  const machine = `${availableParallelism()} cores (${cpus()[0]?.model ?? arch()}), ${memory} GiB`
  const left = Object.keys(races).filter((name) => !of.includes(name))
  const page = `# Benchmarks

Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}, commit ${commit || 'unknown'}, ${machine}, Node ${process.versions.node}.
Postgres data: ${(bytes / 1e9).toFixed(2)} GB (pgbench, scale ${scale}). Medians of ${rounds} rounds in which the
contenders take turns; each is timed until its result is on disk (\`sync\`). Only ratios within one run mean something.
${left.length === 0 ? '' : `Not part of this run: ${left.join(', ')}.\n`}
${table()}
`
  await writeFile(path.join(import.meta.dirname, 'results.md'), page)
}
