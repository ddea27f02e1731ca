import { leadingMajor, type DatabaseImage } from './database-image.ts'

/** Images of databases that speak SQL. Sources: the images' own Dockerfiles. */
export const sqlDatabaseImages: readonly DatabaseImage[] = [
  {
    kind: 'postgres',
    title: 'Postgres',
    images: [
      'postgres',
      'postgis/postgis',
      'supabase/postgres',
      'ghcr.io/immich-app/postgres',
      'imresamu/postgis',
    ],
    directory: postgresDirectory,
    moved: 'PGDATA',
    declared: postgresVolume,
    major: leadingMajor,
    majorMatters: true,
  },
  {
    kind: 'postgres',
    title: 'Postgres',
    images: [
      'pgvector/pgvector',
      'timescale/timescaledb',
      'tensorchord/pgvecto-rs',
      'tensorchord/vchord-postgres',
    ],
    directory: postgresDirectory,
    moved: 'PGDATA',
    declared: postgresVolume,
    major: /(?:^|-)pg(\d+)/,
    majorMatters: true,
  },
  {
    kind: 'postgres',
    title: 'Postgres',
    images: ['timescale/timescaledb-ha'],
    directory: '/home/postgres/pgdata/data',
    moved: 'PGDATA',
    major: /(?:^|-)?pg(\d+)/,
    majorMatters: true,
  },
  {
    kind: 'postgres',
    title: 'Postgres',
    images: ['bitnami/postgresql', 'bitnamilegacy/postgresql'],
    directory: '/bitnami/postgresql/data',
    moved: 'POSTGRESQL_DATA_DIR',
    declared: ['/bitnami/postgresql'],
    major: leadingMajor,
    majorMatters: true,
  },
  {
    kind: 'mysql',
    title: 'MySQL',
    images: ['mysql', 'mysql/mysql-server', 'percona', 'percona/percona-server'],
    directory: '/var/lib/mysql',
    declared: ['/var/lib/mysql'],
    major: leadingMajor,
    majorMatters: true,
  },
  {
    kind: 'mysql',
    title: 'MariaDB',
    images: ['mariadb', 'yobasystems/alpine-mariadb'],
    directory: '/var/lib/mysql',
    declared: ['/var/lib/mysql'],
    major: leadingMajor,
    majorMatters: true,
  },
  {
    kind: 'mysql',
    title: 'MariaDB',
    images: ['linuxserver/mariadb', 'lscr.io/linuxserver/mariadb'],
    directory: '/config',
    declared: ['/config'],
    major: leadingMajor,
    majorMatters: true,
  },
  {
    kind: 'mysql',
    title: 'MySQL',
    images: ['bitnami/mysql', 'bitnamilegacy/mysql'],
    directory: '/bitnami/mysql/data',
    declared: ['/bitnami/mysql'],
    major: leadingMajor,
    majorMatters: true,
  },
  {
    kind: 'mysql',
    title: 'MariaDB',
    images: ['bitnami/mariadb', 'bitnamilegacy/mariadb'],
    directory: '/bitnami/mariadb/data',
    declared: ['/bitnami/mariadb'],
    major: leadingMajor,
    majorMatters: true,
  },
  {
    kind: 'mssql',
    title: 'SQL Server',
    images: ['mcr.microsoft.com/mssql/server'],
    directory: '/var/opt/mssql',
    major: /^(20\d\d)/,
    majorMatters: true,
  },
  {
    kind: 'cockroachdb',
    title: 'CockroachDB',
    images: ['cockroachdb/cockroach'],
    directory: '/cockroach/cockroach-data',
    major: leadingMajor,
    majorMatters: true,
  },
]

/** `PGDATA` is not in the volume's own root since 18 (docker-library/postgres#1259). */
function postgresDirectory(major: number | undefined): string | undefined {
  if (major === undefined) return undefined
  return major >= 18 ? `/var/lib/postgresql/${major}/docker` : '/var/lib/postgresql/data'
}

function postgresVolume(major: number | undefined): readonly string[] {
  if (major === undefined) return []
  return [major >= 18 ? '/var/lib/postgresql' : '/var/lib/postgresql/data']
}
