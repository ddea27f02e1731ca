import path from 'node:path'
import process from 'node:process'
import { execa } from 'execa'
import { race, type Contender } from './measure.ts'
import type { Figure } from './run.ts'
import type { Stage } from './stage.ts'

/** What starting the plugin costs, against starting nothing and starting a bare Node. */
export async function raceStarts(
  stage: Stage,
  rounds: number,
  told: (line: string) => void,
): Promise<readonly Figure[]> {
  const plugin = path.join(stage.folder, 'config', 'cli-plugins', 'docker-vol')
  // Ten at a time: a single start is over before the clock is sure of it.
  const ten = (name: string, command: string, ...args: string[]): Contender => ({
    name,
    async run() {
      for (let time = 0; time < 10; time++)
        await execa(command, args, { env: stage.environment, stdout: 'ignore' })
    },
  })
  const medians = await race(
    rounds,
    [
      ten('true', '/bin/true'),
      ten('metadata', plugin, 'docker-cli-plugin-metadata'),
      ten('node', process.execPath, '-e', '0'),
      ten('help', plugin, 'vol', '--help'),
    ],
    () => undefined,
  )
  told('starts: measured')
  const [nothing = 1, metadata = 0, node = 1, help = 0] = ['true', 'metadata', 'node', 'help'].map((name) =>
    medians.get(name),
  )
  return [
    {
      what: 'start: metadata answer / `/bin/true`',
      ratio: metadata / nothing,
      goal: '≤ 3',
      met: metadata / nothing <= 3,
      medians: `${each(metadata)} against ${each(nothing)}`,
    },
    {
      what: 'start: `docker-vol vol --help` / `node -e 0`',
      ratio: help / node,
      goal: '≤ 3.5',
      met: help / node <= 3.5,
      medians: `${each(help)} against ${each(node)}`,
    },
  ]
}

/** One start of the ten that were timed together. */
function each(seconds: number): string {
  return `${(seconds * 100).toFixed(1)} ms`
}
