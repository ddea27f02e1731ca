import { databaseSeen, snapshotsOf } from '../live/example-database.ts'
import { preciousVolumes } from '../live/precious.ts'
import type { LiveRule } from '../rule.ts'

export const snapshotMissing: LiveRule = {
  id: 'snapshot-missing',
  category: 'snapshot',
  severity: 'info',
  summary: 'Have a snapshot of every volume that holds a database',
  doc: `A database keeps its data in the volume, and the store has no snapshot of it. It is a note, as another program may
back it up. With \`limits: snapshot-age\` in \`.docker-vol.yaml\` it is a warning.

Nothing is said of volumes without a database, of caches, and of what can be made again from elsewhere.`,
  fixable: false,
  examples: {
    bad: [
      { shown: '$ docker vol snapshots shop_pgdata -q', seen: databaseSeen },
      {
        shown: '$ docker vol snapshots shop_pgdata -q',
        seen: databaseSeen,
        limits: { snapshotAge: 86_400 },
      },
    ],
    good: [
      {
        shown: '$ docker vol snapshots shop_pgdata -q\nshop_pgdata@20261122T071155Z-3f9c',
        seen: { ...databaseSeen, ...snapshotsOf({ days: 1 }) },
      },
    ],
  },
  *checkLive(live) {
    if (live.seen.snapshots === undefined) return
    for (const { volume, what } of preciousVolumes(live)) {
      if (volume.snapshots.length > 0) continue
      yield {
        at: volume.at,
        subject: { volume: volume.declared?.key ?? volume.name },
        severity: live.limits.snapshotAge === undefined ? 'info' : 'warning',
        message: `${what} keeps its data in ${volume.name}, and there is no snapshot of it.`,
        cure: `docker vol snapshot ${volume.name} takes one.`,
      }
    }
  },
}
