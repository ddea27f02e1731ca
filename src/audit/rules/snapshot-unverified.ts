import { databaseSeen, snapshotsOf } from '../live/example-database.ts'
import { daysAndHours, preciousVolumes } from '../live/precious.ts'
import type { LiveRule } from '../rule.ts'

export const snapshotUnverified: LiveRule = {
  id: 'snapshot-unverified',
  category: 'snapshot',
  severity: 'info',
  summary: 'Verify a snapshot of every database now and then',
  doc: `There are snapshots of the volume, and \`docker vol verify\` has found none of them whole: whether they can be
restored is a hope. It is a note. With \`limits: verified-age\` in \`.docker-vol.yaml\` it is a warning, also when the last
check that found one whole is longer ago than that.`,
  fixable: false,
  examples: {
    bad: [
      {
        shown: '$ docker vol snapshot shop_pgdata',
        seen: { ...databaseSeen, ...snapshotsOf({ days: 1 }) },
      },
      {
        shown: '$ docker vol verify shop_pgdata@latest\n(20 days ago)',
        seen: { ...databaseSeen, ...snapshotsOf({ days: 21, verified: 20 }) },
        limits: { verifiedAge: 7 * 86_400 },
      },
    ],
    good: [
      {
        shown: '$ docker vol snapshot shop_pgdata\n$ docker vol verify shop_pgdata@latest',
        seen: { ...databaseSeen, ...snapshotsOf({ days: 1, verified: 0 }) },
      },
    ],
  },
  *checkLive(live) {
    const limit = live.limits.verifiedAge
    for (const { volume, what } of preciousVolumes(live)) {
      if (volume.snapshots.length === 0) continue
      const last = Math.max(...volume.snapshots.map(({ verified }) => verified?.getTime() ?? 0))
      const age = last === 0 ? undefined : (live.seen.now.getTime() - last) / 1000
      if (age !== undefined && (limit === undefined || age <= limit)) continue
      yield {
        at: volume.at,
        subject: { volume: volume.declared?.key ?? volume.name },
        severity: limit === undefined ? 'info' : 'warning',
        message:
          age === undefined
            ? `No snapshot of ${volume.name} (${what}) was ever verified.`
            : `A snapshot of ${volume.name} (${what}) was last verified ${daysAndHours(age)} ago; the limit is ${daysAndHours(limit ?? 0)}.`,
        cure: `docker vol verify ${volume.name}@latest checks the newest.`,
      }
    }
  },
}
