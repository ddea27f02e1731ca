import type { Container, Image, ObservedVolume, Volume } from './facts.ts'

/** A volume for tests, `pgdata` unless told. */
export function exampleVolume(changes: Partial<Volume> = {}): Volume {
  return {
    name: 'pgdata',
    driver: 'local',
    options: {},
    labels: {},
    createdAt: '2026-11-23T07:11:55Z',
    mountpoint: '/var/lib/docker/volumes/pgdata/_data',
    ...changes,
  }
}

/** A running container for tests that has `pgdata` mounted writable, unless told. */
export function exampleContainer(changes: Partial<Container> = {}): Container {
  return {
    id: 'c0ffee',
    name: 'db',
    image: 'postgres:17',
    imageId: `sha256:${'1'.repeat(64)}`,
    state: 'running',
    labels: {},
    environment: {},
    mounts: [{ volume: 'pgdata', destination: '/data', readOnly: false }],
    startedAt: '2026-11-23T07:11:55Z',
    finishedAt: '0001-01-01T00:00:00Z',
    exitCode: 0,
    outOfMemory: false,
    health: '',
    restartPolicy: 'no',
    autoRemove: false,
    stopTimeout: undefined,
    ...changes,
  }
}

/** An image for tests that says nothing of itself, unless told. */
export function exampleImage(changes: Partial<Image> = {}): Image {
  return {
    id: `sha256:${'1'.repeat(64)}`,
    repositoryDigests: [],
    environment: {},
    entrypoint: [],
    command: [],
    volumes: [],
    ...changes,
  }
}

/** A volume that nobody uses, unless told. */
export function exampleObserved(changes: Partial<ObservedVolume> = {}): ObservedVolume {
  return { volume: exampleVolume(), consumers: [], helpers: [], ...changes }
}
