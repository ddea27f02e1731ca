import type { Container, DatabaseFacts } from '../facts.ts'
import type { Overview } from '../operations/overview.ts'
import { snapshotAsJson } from './snapshot-json.ts'

/** A volume in `ls --format json`, in docker's manner: capitalised names. Scripts depend on these. */
export function overviewAsJson(
  { volume, project, services, consumers, snapshots, size }: Overview,
  databases: readonly DatabaseFacts[],
): unknown {
  const last = snapshots.at(-1)
  return {
    Name: volume.name,
    Driver: volume.driver,
    Project: project ?? null,
    Services: services,
    Containers: consumers.map(({ name, state }) => ({ Name: name, State: state })),
    Databases: databases.map(databaseAsJson),
    Size: size ?? null,
    Snapshots: snapshots.length,
    LastSnapshot: last === undefined ? null : { ID: last.id, Created: last.config.created },
  }
}

/** All that is known of a volume. Secrets in driver options are shown as docker volume inspect shows them: not here. */
export function inspectionOf(
  overview: Overview,
  options: Readonly<Record<string, string>>,
  databases: readonly DatabaseFacts[],
): unknown {
  const { volume, project, services, consumers, snapshots, size } = overview
  return {
    Name: volume.name,
    Driver: volume.driver,
    Options: options,
    Labels: volume.labels,
    CreatedAt: volume.createdAt,
    Mountpoint: volume.mountpoint,
    Project: project ?? null,
    Services: services,
    Size: size ?? null,
    Databases: databases.map((facts) => ({ ...databaseAsJson(facts), Details: facts.details })),
    Consumers: consumers.map((container) => consumerAsJson(container, volume.name)),
    Snapshots: snapshots.map(snapshotAsJson),
  }
}

function databaseAsJson({ kind, version, path, recognisedBy }: DatabaseFacts) {
  return { Kind: kind, Version: version ?? null, Path: path, RecognisedBy: recognisedBy }
}

function consumerAsJson(container: Container, volume: string): unknown {
  const mounts = container.mounts.filter((mount) => mount.volume === volume)
  return {
    ID: container.id,
    Name: container.name,
    Image: container.image,
    State: container.state,
    Project: container.labels['com.docker.compose.project'] ?? null,
    Service: container.labels['com.docker.compose.service'] ?? null,
    Mounts: mounts.map(({ destination, readOnly }) => ({ Destination: destination, ReadOnly: readOnly })),
  }
}
