import type { FoundCluster } from '../migrate/cluster-facts.ts'
import type { MigrationMethod } from '../migrate/cluster.ts'
import type { MigrationFinding } from '../migrate/finding.ts'
import type { PostgresImage } from '../migrate/migration.ts'

export const migrationMethods = ['auto', 'upgrade', 'dump'] as const
export type WantedMethod = (typeof migrationMethods)[number]

/** How the new cluster is made, with the reason. */
export type ChosenMethod = {
  readonly method: MigrationMethod
  /** What may be done instead when the old cluster turns out not to allow it; only when nothing was asked for. */
  readonly orElse?: MigrationMethod
  readonly why: string
}

/**
 * pg_upgrade copies files, which keep their order of text: that differs between the C libraries, and an index that was
 * built by one is silently wrong for the other. A dump builds all of it anew, and takes longer.
 */
export function chooseMigrationMethod(
  cluster: Pick<FoundCluster, 'libc' | 'major' | 'tablespaces'>,
  from: Pick<PostgresImage, 'libc'>,
  to: Pick<PostgresImage, 'libc' | 'major'>,
  {
    method: wanted,
    findings,
  }: { readonly method: WantedMethod; readonly findings: readonly MigrationFinding[] },
): ChosenMethod {
  if (wanted !== 'auto')
    return { method: wanted, why: `${wanted === 'dump' ? 'a dump' : 'pg_upgrade'} was asked for` }
  const made = cluster.libc === 'unknown' ? from.libc : cluster.libc
  if (made !== to.libc)
    return {
      method: 'dump',
      why: `it was made with ${nameOf(made)} and the new image has ${nameOf(to.libc)}, which sort text otherwise`,
    }
  if (cluster.major === to.major && cluster.tablespaces.length > 0)
    return { method: 'dump', why: 'pg_upgrade cannot keep tablespaces within one major version' }
  const [blocker] = findings.filter((finding) => standsInTheWay(finding, 'upgrade'))
  if (blocker !== undefined)
    return { method: 'dump', why: `pg_upgrade cannot take what it has (${blocker.id}): ${blocker.message}` }
  return {
    method: 'upgrade',
    orElse: 'dump',
    why: `both versions have ${nameOf(made)}, so the files can be kept`,
  }
}

/** Whether a finding ends a migration by this method. */
export function standsInTheWay(
  { severity, blocks }: Pick<MigrationFinding, 'severity' | 'blocks'>,
  method: MigrationMethod,
): boolean {
  return severity === 'blocker' && (blocks === undefined || blocks.includes(method))
}

function nameOf(libc: PostgresImage['libc']): string {
  return libc === 'unknown' ? 'an unknown C library' : libc
}
