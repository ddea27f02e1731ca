import type { FileRecord, SnapshotConfig, StoredSnapshot } from './format.ts'
import { annotations, artifactType, mediaTypes } from './format.ts'

/** A config for tests, of volume `pgdata` unless told. */
export function exampleConfig(id: string, volume = 'pgdata'): SnapshotConfig {
  return {
    formatVersion: 1,
    id,
    created: '2026-11-23T07:11:55.000Z',
    tool: { name: 'docker-vol', version: '0.1.0' },
    engine: { id: 'ab12', version: '29.1.0', operatingSystem: 'Debian GNU/Linux 13', architecture: 'x86_64' },
    volume: {
      name: volume,
      driver: 'local',
      options: { type: 'nfs', device: ':/export' },
      redactedOptions: [],
      labels: { 'com.docker.compose.project': 'shop' },
    },
    compose: { project: 'shop', volume: 'pgdata', services: ['db'] },
    consumers: [
      {
        name: 'shop-db-1',
        image: 'postgres:17',
        imageId: `sha256:${'1'.repeat(64)}`,
        repositoryDigests: [],
        state: 'running',
        destination: '/var/lib/postgresql/data',
        readOnly: false,
        project: 'shop',
        service: 'db',
      },
    ],
    consistency: { method: 'paused', why: 'Postgres recovers from its log.', changed: [] },
    totals: {
      entries: 3,
      files: 2,
      directories: 1,
      symlinks: 0,
      hardLinks: 0,
      special: 0,
      bytes: 10,
      storedBytes: 8,
    },
    warnings: [{ code: 'socket-skipped', message: 'A socket cannot be kept.', path: '.s.PGSQL.5432' }],
  }
}

/** The ID of the n-th example snapshot, in order of time. */
export function exampleId(number: number): string {
  const time = new Date(Date.UTC(2026, 0, 1) + number * 1000).toISOString()
  return `${time.replace(/\.\d+Z$/, 'Z').replaceAll(/[-:]/g, '')}-${(number % 0x1_0000).toString(16).padStart(4, '0')}`
}

/** A snapshot as a store lists it, for tests that need no store. */
export function exampleSnapshot(id: string, volume = 'pgdata'): StoredSnapshot {
  const digest = `sha256:${'0'.repeat(64)}` as const
  return {
    volume,
    id,
    manifestDigest: digest,
    manifest: {
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      artifactType,
      config: { mediaType: mediaTypes.config, digest, size: 1 },
      layers: [],
      annotations: { [annotations.id]: id },
    },
    config: exampleConfig(id, volume),
  }
}

/** A record of a file table for tests. */
export function exampleRecord(changes: Partial<FileRecord> = {}): FileRecord {
  return {
    path: 'base/1/1259',
    type: 'file',
    size: 8192,
    mode: 0o600,
    uid: 999,
    gid: 999,
    modified: 1_763_881_915_123_456_789n,
    layer: 0,
    offset: 512,
    length: 9216,
    ...changes,
  }
}
