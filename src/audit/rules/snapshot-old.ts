import { databaseSeen, snapshotsOf } from '../live/example-database.ts'
import { daysAndHours, preciousVolumes } from '../live/precious.ts'
import type { LiveRule } from '../rule.ts'

/** Seconds, when no limit is set. */
const usual = 7 * 86_400

export const snapshotOld: LiveRule = {
  id: 'snapshot-old',
  category: 'snapshot',
  severity: 'warning',
  summary: 'Take snapshots of a database often enough',
  doc: `There are snapshots of the volume, so somebody relies on them, and the newest is older than it should be: all that
was written since would be lost. The limit is 7 days; \`limits: snapshot-age\` in \`.docker-vol.yaml\` sets another.`,
  fixable: false,
  examples: {
    bad: [
      {
        shown: '$ docker vol snapshots shop_pgdata\nshop_pgdata@20261101T071155Z-3f9c   3 weeks ago',
        seen: { ...databaseSeen, ...snapshotsOf({ days: 21 }) },
      },
      {
        shown: '$ docker vol snapshots shop_pgdata\nshop_pgdata@20261120T071155Z-3f9c   2 days ago',
        seen: { ...databaseSeen, ...snapshotsOf({ days: 2 }) },
        limits: { snapshotAge: 86_400 },
      },
    ],
    good: [
      {
        shown: '$ docker vol snapshots shop_pgdata\nshop_pgdata@20261120T071155Z-3f9c   2 days ago',
        seen: { ...databaseSeen, ...snapshotsOf({ days: 2 }) },
      },
    ],
  },
  *checkLive(live) {
    const limit = live.limits.snapshotAge ?? usual
    for (const { volume, what } of preciousVolumes(live)) {
      const newest = volume.snapshots.at(-1)
      if (newest === undefined) continue
      const age = (live.seen.now.getTime() - newest.created.getTime()) / 1000
      if (age <= limit) continue
      yield {
        at: volume.at,
        subject: { volume: volume.declared?.key ?? volume.name },
        message: `The newest snapshot of ${volume.name} (${what}) is ${daysAndHours(age)} old; the limit is ${daysAndHours(limit)}.`,
        cure: `docker vol snapshot ${volume.name} takes one; let a timer do it.`,
      }
    }
  },
}
