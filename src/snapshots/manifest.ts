import type { Descriptor, Manifest, SnapshotConfig } from './format.ts'
import { annotations, artifactType, mediaTypes } from './format.ts'

/** The manifest of a snapshot; what it says of itself wins over annotations of the same name. */
export function buildManifest(
  config: SnapshotConfig,
  configBlob: Descriptor,
  layers: readonly Descriptor[],
  furtherAnnotations: Readonly<Record<string, string>>,
): Manifest {
  return {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    artifactType,
    config: configBlob,
    layers,
    annotations: {
      ...furtherAnnotations,
      [annotations.id]: config.id,
      [annotations.created]: config.created,
      [annotations.volume]: config.volume.name,
    },
  }
}

/** How a snapshot stands in the index. */
export function indexEntry(manifest: Manifest, blob: Descriptor): Descriptor {
  const entry: Record<string, string> = {}
  for (const name of Object.values(annotations)) {
    const value = manifest.annotations[name]
    if (value !== undefined) entry[name] = value
  }
  return {
    mediaType: mediaTypes.manifest,
    digest: blob.digest,
    size: blob.size,
    artifactType,
    annotations: entry,
  }
}
