import { volumeOfMount } from '../model/coverage.ts'
import type { Rule } from '../rule.ts'
import { networkTypeOf } from '../model/driver-options.ts'

export const replicasShareVolume: Rule = {
  id: 'replicas-share-volume',
  category: 'volume',
  severity: 'info',
  summary: 'Know what replicas of a service share',
  doc: `Several replicas of a service write one local volume. On one host they share its files, which only some
programs can take. On several (Swarm) each host has a volume of its own under that name, so that a container finds
other data wherever it lands.

What has outgrown one host wants storage that has, too: a managed database for records, object storage (S3, GCS, Azure
Blob) for uploads, a network file system (EFS, Azure Files, Filestore) where files must be shared, or persistent
volumes and StatefulSets in Kubernetes.`,
  fixable: false,
  examples: {
    bad: [
      {
        compose:
          'services:\n  app:\n    image: example/app\n    deploy:\n      replicas: 3\n    volumes:\n      - uploads:/uploads\nvolumes:\n  uploads:\n',
      },
    ],
    good: [
      {
        compose:
          'services:\n  app:\n    image: example/app\n    deploy:\n      replicas: 3\n    volumes:\n      - uploads:/uploads:ro\nvolumes:\n  uploads:\n',
      },
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - uploads:/uploads\nvolumes:\n  uploads:\n',
      },
    ],
  },
  *check(project) {
    for (const { name, mounts, replicas, database } of project.services) {
      // For a database this is an error, and another rule's.
      if (replicas < 2 || database !== undefined) continue
      for (const mount of mounts) {
        const volume = volumeOfMount(project, mount)
        if (volume === undefined || mount.readOnly) continue
        if (volume.driver !== 'local' || networkTypeOf(volume) !== undefined) continue
        yield {
          at: mount.at,
          subject: { service: name, target: mount.target, volume: volume.key },
          message: `${replicas} replicas of ${name} write the local volume "${volume.key}": on one host they share its files, on several each has others.`,
          cure: 'Keep what they share in object storage, a database or on a network file system.',
        }
      }
    }
  },
}
