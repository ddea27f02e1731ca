import type { DatabaseFacts } from '../../facts.ts'

const titles: Readonly<Record<DatabaseFacts['kind'], string>> = {
  postgres: 'Postgres',
  mysql: 'MySQL',
  mariadb: 'MariaDB',
  mongodb: 'MongoDB',
  redis: 'Redis',
  valkey: 'Valkey',
  sqlite: 'SQLite',
}

/** `Postgres 17`, `SQLite (app.db)`. */
export function titleOf({ kind, version, path }: DatabaseFacts): string {
  if (kind === 'sqlite') return `SQLite (${path})`
  return `${titles[kind]}${version === undefined ? '' : ` ${version}`}`
}

/** The number of the major version that the files have: `17` of `17`, `8` of `8.0`. */
export function majorOf({ version }: DatabaseFacts): number | undefined {
  const digits = /^(\d+)/.exec(version ?? '')?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** Whether files are of the kind that a server of this kind and title works with. */
export function isFor(
  { kind }: DatabaseFacts,
  server: { readonly kind: string; readonly title: string },
): boolean {
  if (kind === 'mariadb') return server.kind === 'mysql' && server.title === 'MariaDB'
  if (kind === 'mysql') return server.kind === 'mysql' && server.title !== 'MariaDB'
  return kind === server.kind
}
