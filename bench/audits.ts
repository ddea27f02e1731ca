import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { execa } from 'execa'
import { auditProject } from '../src/audit/audit.ts'
import { formatReport } from '../src/audit/formats/index.ts'
import { loadProject } from '../src/audit/load.ts'
import { rules } from '../src/audit/rules/index.ts'
import { defaultSettings } from '../src/audit/settings/settings.ts'
import { realFiles } from '../src/compose/files.ts'
import { safeText } from '../src/cli/safe-text.ts'
import { wrap } from '../src/cli/text.ts'
import { race } from './measure.ts'
import type { Figure } from './run.ts'
import type { Stage } from './stage.ts'

/** Seconds that the files of 1,000 services may take once Compose has resolved them. */
const goal = 2

/** A project of many services as people write them, every other with something to say about. */
function project(services: number): string {
  const lines = Array.from({ length: services }, (_, number) => {
    const image = number % 2 === 0 ? 'postgres:17' : 'postgres'
    const conf = `/srv/conf${number}:/etc/app`
    return `  s${number}:\n    image: ${image}\n    volumes:\n      - d${number}:/var/lib/postgresql/data\n      - ${conf}\n`
  })
  const volumes = Array.from({ length: services }, (_, number) => `  d${number}:\n`)
  return `name: big\nservices:\n${lines.join('')}volumes:\n${volumes.join('')}`
}

/** `docker vol audit` on a large project, without the time that Compose takes to resolve it. */
export async function raceAudits(
  { folder, bed }: Pick<Stage, 'folder' | 'bed'>,
  services: number,
  rounds: number,
  told: (line: string) => void,
): Promise<readonly Figure[]> {
  const file = path.join(folder, 'big.yaml')
  await writeFile(file, project(services))
  // The bed's own configuration: that of the stage has no Compose.
  const config = ['compose', `--file=${file}`, '--all-resources', 'config', '--format=json']
  const model: unknown = JSON.parse((await execa(bed.docker, config, { env: bed.environment })).stdout)
  let findings = 0
  const audit = async (): Promise<void> => {
    const loaded = await loadProject({
      files: realFiles,
      named: [file],
      workingDirectory: folder,
      environment: {},
      environmentFiles: [],
      projectName: undefined,
      standardInput: async () => new Uint8Array(),
      compose: async () => ({ model }),
    })
    if (loaded.resolvedBy !== 'compose') throw new Error('The model of Compose was not taken.')
    const { name, sources, directory } = loaded.project
    const found = auditProject(loaded.project, defaultSettings(directory), rules)
    findings = found.length
    const report = { ...loaded, version: '0', project: name, sources, findings: found, accepted: 0, rules }
    const screen = { width: 80, color: false, wrap, safe: safeText }
    formatReport('text', { ...report, live: false }, screen)
  }
  const medians = await race(rounds, [{ name: 'audit', run: audit }], (line) =>
    told(`${services} services, ${line}`),
  )
  const seconds = medians.get('audit') ?? Infinity
  return [
    {
      what: `audit of ${services} services once they are resolved (${findings} findings), seconds`,
      ratio: seconds,
      goal: `< ${goal}`,
      met: seconds < goal,
      medians: `${seconds.toFixed(2)} s`,
    },
  ]
}
