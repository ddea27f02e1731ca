/** A database in a volume, for the examples of the rules about snapshots. */
import { aContainer, aMount, anImage, aVolume, ofService } from './example-parts.ts'
import type { Seen } from './seen.ts'

const image = anImage('postgres:17', {
  environment: { PG_MAJOR: '17', PGDATA: '/var/lib/postgresql/data' },
})
const now = new Date('2026-11-22T12:00:00Z')
const before = (days: number) => new Date(now.getTime() - days * 86_400_000)

/** Postgres 17 runs with its data in `shop_pgdata`, and there are no snapshots. */
export const databaseSeen: Partial<Seen> = {
  now,
  containers: [
    aContainer({
      name: 'shop-db-1',
      image: 'postgres:17',
      labels: ofService('db'),
      environment: image.environment,
      allMounts: [aMount('shop_pgdata:/var/lib/postgresql/data')],
    }),
  ],
  images: [image],
  volumes: [aVolume('shop_pgdata')],
}

/** One snapshot of it: how many days ago it was made, and verified. */
export function snapshotsOf({
  days,
  verified,
}: {
  readonly days: number
  readonly verified?: number
}): Pick<Seen, 'snapshots'> {
  const snapshot = {
    id: '20261122T071155Z-3f9c',
    created: before(days),
    verified: verified === undefined ? undefined : before(verified),
  }
  return { snapshots: new Map([['shop_pgdata', [snapshot]]]) }
}
