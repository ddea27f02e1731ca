import { aContainer, aMount, anImage, aVolume } from '../live/example-parts.ts'
import { holderOf, hostPathOf, subjectOf, writtenMount } from '../live/live.ts'
import type { LiveRule } from '../rule.ts'

const image = anImage('postgres:17')
const container = aContainer({
  name: 'db',
  image: 'postgres:17',
  environment: { PG_MAJOR: '17', PGDATA: '/var/lib/postgresql/data' },
  allMounts: [aMount('/mnt/nas/pgdata:/var/lib/postgresql/data')],
})

export const databaseOnNetworkMount: LiveRule = {
  id: 'database-on-network-mount',
  category: 'database',
  severity: 'warning',
  summary: 'Keep the data of a running database on a local disk',
  doc: `A database keeps its data in a directory of the host that lies on a network file system: NFS, CIFS, Ceph and the like,
or one of the programs that show a server or a bucket as a directory (sshfs, rclone, s3fs). Locks and writes there do
not keep what databases build on: a short outage of the network corrupts what was being written, a cache may answer
with old blocks, and two hosts can mount the same data.

The rule \`database-on-network-volume\` says the same of volumes whose options are those of a share. This one looks at
what really is under a bind mount, or under a volume. It can only do so where the engine is this machine.`,
  fixable: false,
  examples: {
    bad: [
      {
        shown:
          '$ stat -f -c %T /mnt/nas/pgdata\nnfs\n$ docker run -d --name db -v /mnt/nas/pgdata:/var/lib/postgresql/data postgres:17',
        seen: {
          containers: [container],
          images: [image],
          fileSystems: new Map([['/mnt/nas/pgdata', 'nfs']]),
        },
      },
      {
        shown:
          '$ docker volume create -o type=none -o o=bind -o device=/mnt/nas/pgdata pgdata\n$ docker run -d --name db -v pgdata:/var/lib/postgresql/data postgres:17',
        seen: {
          containers: [{ ...container, allMounts: [aMount('pgdata:/var/lib/postgresql/data')] }],
          images: [image],
          volumes: [aVolume('pgdata', { options: { type: 'none', o: 'bind', device: '/mnt/nas/pgdata' } })],
          fileSystems: new Map([['/mnt/nas/pgdata', 'sshfs']]),
        },
      },
    ],
    good: [
      {
        shown:
          '$ stat -f -c %T /srv/pgdata\next2/ext3\n$ docker run -d --name db -v /srv/pgdata:/var/lib/postgresql/data postgres:17',
        seen: { containers: [container], images: [image], fileSystems: new Map() },
      },
    ],
  },
  *checkLive({ containers, seen }) {
    for (const each of containers) {
      const { database } = each
      if (database?.directory === undefined) continue
      const holder = holderOf(each, database.directory)
      const place = holder === undefined ? undefined : hostPathOf(holder, seen.volumes)
      const fileSystem = place === undefined ? undefined : seen.fileSystems.get(place)
      if (holder === undefined || fileSystem === undefined) continue
      yield {
        at: writtenMount(each, holder),
        subject: { ...subjectOf(each), target: holder.destination },
        message: `${database.title} of ${each.name} keeps its data in ${place}, which is on ${fileSystem}: a network file system does not keep the promises that databases build on.`,
        cure: 'Move the data to a local disk, and send snapshots over the network.',
      }
    }
  },
}
