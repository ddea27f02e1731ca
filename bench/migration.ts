import { readFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { dockerPort } from '../src/docker/engine.ts'
import { buildCluster } from '../src/migrate/build/build.ts'
import { lookAtImage } from '../src/migrate/look-at-image.ts'
import type { PostgresImage } from '../src/migrate/migration.ts'
import type { MigrationMethod } from '../src/migrate/cluster.ts'
import type { ProgressTaskPort, World } from '../src/plan/world.ts'
import { directoryJournal } from '../src/plan/directory-journal.ts'
import { directoryStore } from '../src/stores/directory.ts'
import { race } from './measure.ts'
import type { Figure } from './run.ts'
import { labelled, makePostgresData, makeVolume, startPostgres, type Stage } from './stage.ts'

const data = '/var/lib/postgresql/data'
const target = 'docker-vol-bench-migrated'

/**
 * A cluster of 15 becomes one of 17: by what `docker vol migrate` builds with, the copy of the source included, and by
 * hand. Each begins with a server that was stopped, and ends with a new cluster that is shut down and on disk.
 */
export async function raceMigration(
  stage: Stage,
  scale: number,
  rounds: number,
  told: (line: string) => void,
): Promise<readonly Figure[]> {
  const source = 'docker-vol-bench-old-cluster'
  await makePostgresData(stage, source, scale, stage.bed.images.postgres15)
  // As the command knows it, before the old server is stopped.
  const newImage = await lookAtImage(worldOf(stage), stage.bed.images.postgres17)
  const removeTarget = async () => {
    await stage.docker('volume', 'rm', '--force', target)
  }
  const prepare = () => makeVolume(stage, target)
  const contender = (name: string, run: () => Promise<void>) => ({
    name,
    prepare,
    run,
    cleanUp: removeTarget,
  })
  const medians = await race(
    rounds,
    [
      contender('pg_upgrade --copy', () => upgradeByHand(stage, source)),
      contender('upgrade', () => migrate(stage, source, newImage, 'upgrade')),
      contender('pg_dumpall | psql', () => dumpByHand(stage, source)),
      contender('dump', () => migrate(stage, source, newImage, 'dump')),
    ],
    (line) => told(`migration, ${line}`),
  )
  const figure = (ours: string, theirs: string, goal: number): Figure => {
    const [mine = 0, others = 1] = [medians.get(ours), medians.get(theirs)]
    return {
      what: `migration from 15 to 17 by ${ours}: docker vol / \`${theirs}\` by hand`,
      ratio: mine / others,
      goal: `≤ ${goal}`,
      met: mine / others <= goal,
      medians: `${theirs} ${others.toFixed(1)} s, docker vol ${mine.toFixed(1)} s`,
    }
  }
  return [figure('upgrade', 'pg_upgrade --copy', 1.3), figure('dump', 'pg_dumpall | psql', 1.2)]
}

async function migrate(
  stage: Stage,
  source: string,
  newImage: PostgresImage,
  method: MigrationMethod,
): Promise<void> {
  const from = await stage.mountpoint(source)
  await stage.shell(`cp -a '${from}' '${await stage.mountpoint(target)}/old'`)
  const { postgres15 } = stage.bed.images
  await buildCluster(
    {
      world: worldOf(stage),
      volume: target,
      operation: 'bench',
      oldImage: postgres15,
      newImage,
      cluster: {
        major: Number(readFileSync(path.join(from, 'PG_VERSION'), 'utf8')),
        path: '.',
        systemIdentifier: '',
        owner: '999:999',
        checksums: false,
        walSegmentBytes: 16 * 1024 ** 2,
        shutDown: true,
        libc: 'glibc',
        provenance: 'debian',
        serverArguments: [],
      },
      method,
      jobs: 2,
      oldMountPath: data,
      task: silent,
    },
    { before: () => Promise.resolve(), after: () => Promise.resolve() },
  )
  await stage.shell('sync')
}

/*
 * In one container of the new image, with the old one looked into: its programs and their data where they belong, and of
 * its libraries those that are missing.
 */
const byHand = `
ln -s /old/usr/lib/postgresql/15 /usr/lib/postgresql/15
ln -s /old/usr/share/postgresql/15 /usr/share/postgresql/15
mkdir -p /missing /work
for program in postgres pg_dump pg_ctl; do
  ldd /usr/lib/postgresql/15/bin/$program | sed -n 's/^[[:space:]]*\\([^ ]*\\) => not found/\\1/p'
done | sort -u | while read -r library; do ln -s /old/usr/lib/*/"$library" /missing/; done
while true; do
  more=$(LD_LIBRARY_PATH=/missing ldd /usr/lib/postgresql/15/bin/postgres | sed -n 's/^[[:space:]]*\\([^ ]*\\) => not found/\\1/p')
  [ -n "$more" ] || break
  for library in $more; do ln -s /old/usr/lib/*/"$library" /missing/; done
done
mkdir /migrated/new
chown postgres:postgres /work /migrated/new
exec gosu postgres sh -euc '
  cd /work
  new=/usr/lib/postgresql/17/bin
  $new/initdb -D /migrated/new -U postgres --no-sync >/dev/null
  export LD_LIBRARY_PATH=/missing
  $new/pg_upgrade -b /usr/lib/postgresql/15/bin -B $new -d /source -D /migrated/new -U postgres --copy --jobs=2 >&2
'
`

async function upgradeByHand(stage: Stage, source: string): Promise<void> {
  const { postgres15, postgres17 } = stage.bed.images
  const mounts = [`--mount=type=image,src=${postgres15},dst=/old`, `--volume=${source}:/source`]
  const options = ['--rm', '--pull=never', '--network=none', '--shm-size=1g', labelled]
  await stage.docker(
    'run',
    ...options,
    ...mounts,
    `--volume=${target}:/migrated`,
    '--entrypoint=sh',
    postgres17,
    '-euc',
    byHand,
  )
  await stage.shell('sync')
}

async function dumpByHand(stage: Stage, source: string): Promise<void> {
  const from = await startPostgres(stage, source, stage.bed.images.postgres15)
  const to = await startPostgres(stage, target, stage.bed.images.postgres17)
  await stage.shell(
    `docker exec --user=postgres ${from} pg_dumpall | docker exec --interactive --user=postgres ${to} psql -Xqd postgres -o /dev/null`,
  )
  await stage.docker('stop', '--time=600', to, from)
  await stage.docker('rm', '--volumes', to, from)
  await stage.shell('sync')
}

function none(): never {
  throw new Error('nothing is read or printed')
}

const silent: ProgressTaskPort = { update() {}, finish() {}, fail() {} }

function worldOf(stage: Stage): World {
  const { signal } = new AbortController()
  const { environment, bed } = stage
  const world: World = {
    docker: dockerPort({
      command: bed.docker,
      globals: [],
      environment: { ...process.env, ...environment },
      signal,
    }),
    store: directoryStore(path.join(stage.folder, 'config', 'vol', 'snapshots')),
    journal: directoryJournal(path.join(stage.folder, 'config', 'vol', 'journal')),
    progress: { start: () => silent, message() {} },
    signal,
    helperImage: bed.images.debian,
    toolVersion: 'bench',
    standardOutput: none,
    standardInput: none,
    withSignal: () => world,
    withoutSignal: () => world,
  }
  return world
}
