/** How scenarios build a cluster of another version, without the command around it. */
import path from 'node:path'
import process from 'node:process'
import { execa } from 'execa'
import { inject } from 'vitest'
import { readControlData } from '../../../src/migrate/build/control-data.ts'
import type { PostgresServer } from '../../../src/migrate/server.ts'
import type { Cluster } from '../../../src/migrate/cluster.ts'
import { dockerPort } from '../../../src/docker/engine.ts'
import { directoryJournal } from '../../../src/plan/directory-journal.ts'
import type { World } from '../../../src/plan/world.ts'
import { directoryStore } from '../../../src/stores/directory.ts'
import type { Scenario } from '../scenario.ts'

/** What a command carries out its plan with, on the engine of the bed. */
export function worldOf(bed: Scenario, signal: AbortSignal = new AbortController().signal): World {
  const { docker } = inject('bed')
  const environment = { ...process.env, ...bed.environment }
  const task = { update() {}, finish() {}, fail() {} }
  return {
    docker: dockerPort({ command: docker, globals: [], environment, signal }),
    store: directoryStore(bed.store),
    journal: directoryJournal(path.join(bed.configuration, 'vol', 'journal')),
    progress: { start: () => task, message() {} },
    signal,
    helperImage: bed.images.debian,
    toolVersion: 'test',
    standardOutput: () => {
      throw new Error('nothing is printed')
    },
    standardInput: () => {
      throw new Error('nothing is read')
    },
    withSignal: (other) => worldOf(bed, other),
    withoutSignal: () => worldOf(bed),
  }
}

/** A volume whose folder `old` is a copy of another volume, as it is now. */
export async function copyToBuildIn(bed: Scenario, source: string): Promise<string> {
  const volume = await bed.volume('build')
  await execa('cp', [
    '--archive',
    await bed.mountpoint(source),
    path.join(await bed.mountpoint(volume), 'old'),
  ])
  return volume
}

/** What is known of the cluster in the folder `old` of such a volume. */
export async function clusterIn(
  bed: Scenario,
  volume: string,
  image: string,
  more: Partial<Cluster> = {},
): Promise<Cluster> {
  const at = more.path === undefined || more.path === '.' ? '/v/old' : `/v/old/${more.path}`
  const controlData =
    'cd "$1" && stat -c "owner: %u:%g" . && echo "major: $(cat PG_VERSION)" && exec "$(ls /usr/lib/postgresql/*/bin/pg_controldata)" .'
  const run = ['run', '--rm', '--network=none', '--env=LC_ALL=C', `--volume=${volume}:/v`, '--entrypoint=sh']
  const { stdout } = await bed.docker(...run, image, '-c', controlData, 'sh', at)
  const control = readControlData(stdout)
  const value = (name: string) => control.get(name) ?? ''
  return {
    major: Number(value('major')),
    path: '.',
    systemIdentifier: value('Database system identifier'),
    owner: value('owner'),
    checksums: value('Data page checksum version') !== '0',
    walSegmentBytes: Number(value('Bytes per WAL segment')),
    shutDown: value('Database cluster state') === 'shut down',
    libc: 'glibc',
    provenance: 'debian',
    serverArguments: [],
    ...more,
  }
}

/** The server in a container of the bed's images, for those who fill it. */
export function serverIn(bed: Scenario, container: string, major: number): PostgresServer {
  return {
    major,
    installUser: 'postgres',
    async shell(text, { arguments: args = [], input } = {}) {
      const words = ['exec', '--interactive', '--user=postgres', container, 'sh', '-c', text, 'sh', ...args]
      return await bed.tryDocker(...words, { input: input ?? '' })
    },
  }
}
