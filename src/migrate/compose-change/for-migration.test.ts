import { expect, test } from 'vitest'
import { memoryFiles } from '../../compose/files.ts'
import { exampleContainer, exampleVolume } from '../../examples.ts'
import type { Container } from '../../facts.ts'
import type { Migration, PostgresImage } from '../migration.ts'
import { changesForMigration } from './for-migration.ts'

function image(major: number, mountPath: string, dataDirectory: string): PostgresImage {
  const reference = `postgres:${major}`
  return {
    reference,
    id: `sha256:${major}`,
    major,
    version: `${major}.1`,
    libc: 'glibc',
    owner: '999:999',
    dataDirectory,
    volumes: [mountPath],
  }
}

function migrationOf(consumers: readonly Container[]): Migration {
  const mountPath = '/var/lib/postgresql'
  const dataDirectory = '/var/lib/postgresql/18/docker'
  return {
    observed: { volume: exampleVolume({ name: 'shop_pgdata' }), consumers, helpers: [] },
    cluster: {
      major: 17,
      path: '.',
      systemIdentifier: '1',
      owner: '999:999',
      checksums: false,
      walSegmentBytes: 16 * 1024 * 1024,
      shutDown: true,
      libc: 'glibc',
      provenance: 'debian',
      serverArguments: [],
    },
    from: image(17, '/var/lib/postgresql/data', '/var/lib/postgresql/data'),
    to: image(18, mountPath, dataDirectory),
    method: 'upgrade',
    place: { path: '18/docker', mountPath, dataDirectory },
    oldMountPath: '/var/lib/postgresql/data',
    serverContainer: consumers[0],
    jobs: 1,
  }
}

const mounted = (readOnly = false) => [
  { volume: 'shop_pgdata', destination: '/var/lib/postgresql/data', readOnly },
]
const ofProject = (service: string) => ({
  'com.docker.compose.project': 'shop',
  'com.docker.compose.service': service,
  'com.docker.compose.project.working_dir': '/shop',
  'com.docker.compose.project.config_files': '/shop/compose.yaml',
})

test('the services that run the server must change, and what only reads the volume must be named', async () => {
  const compose =
    'services:\n  db:\n    image: postgres:17\n    volumes: ["pgdata:/var/lib/postgresql/data"]\n  copy:\n    image: alpine\n    volumes: ["pgdata:/in:ro"]\nvolumes: {pgdata: }\n'
  const migration = migrationOf([
    exampleContainer({ id: '1', imageId: 'sha256:17', labels: ofProject('db'), mounts: mounted() }),
    exampleContainer({ id: '2', imageId: 'sha256:a', labels: ofProject('copy'), mounts: mounted(true) }),
  ])
  const reader = { files: memoryFiles({ '/shop/compose.yaml': compose }), environment: {}, nameOf: String }
  const { proposals, byHand } = await changesForMigration(migration, undefined, reader)
  expect(proposals.map(({ byHand: left }) => left)).toEqual([[]])
  expect(proposals[0]?.changes[0]?.after).toBe(
    compose.replace(':17', ':18').replace('/postgresql/data', '/postgresql'),
  )
  expect(proposals[0]?.notes).toEqual([
    'copy mounts shop_pgdata as well, at /in: see whether it can do with what is in it now.',
  ])
  expect(byHand).toEqual([])
})

test('what is of the same image and has the volume elsewhere must be named, and not be given the new image', async () => {
  const compose =
    'services:\n  db:\n    image: postgres:17\n    volumes: ["pgdata:/var/lib/postgresql/data"]\n  backup:\n    image: postgres:17\n    volumes: ["pgdata:/in"]\nvolumes: {pgdata: }\n'
  const migration = migrationOf([
    exampleContainer({ id: '1', imageId: 'sha256:17', labels: ofProject('db'), mounts: mounted() }),
    exampleContainer({
      id: '2',
      imageId: 'sha256:17',
      labels: ofProject('backup'),
      environment: { PGDATA: '/var/lib/postgresql/data' },
      mounts: [{ volume: 'shop_pgdata', destination: '/in', readOnly: false }],
    }),
    // Of another service, where its server would find the same data.
    exampleContainer({ id: '3', imageId: 'sha256:17', labels: ofProject('spare'), mounts: mounted() }),
  ])
  const reader = { files: memoryFiles({ '/shop/compose.yaml': compose }), environment: {}, nameOf: String }
  const [proposal] = (await changesForMigration(migration, undefined, reader)).proposals
  expect(proposal?.origin.services).toEqual(['db', 'spare'])
  expect(proposal?.changes[0]?.after).toContain(
    'backup:\n    image: postgres:17\n    volumes: ["pgdata:/in"]',
  )
  expect(proposal?.notes).toEqual([
    'backup mounts shop_pgdata as well, at /in: see whether it can do with what is in it now.',
    'backup runs postgres:17, too: programs like pg_dump refuse a server that is newer than they are.',
  ])
})

test('containers that Compose did not make must be described', async () => {
  const migration = migrationOf([exampleContainer({ name: 'pg', imageId: 'sha256:17', mounts: mounted() })])
  const reader = { files: memoryFiles({}), environment: {}, nameOf: String }
  expect(await changesForMigration(migration, 'pgdata18', reader)).toEqual({
    proposals: [],
    byHand: [
      'Let pg run the image postgres:18.',
      'Mount the volume pgdata18 there at /var/lib/postgresql.',
      'Leave PGDATA out of its environment.',
    ],
  })
})
