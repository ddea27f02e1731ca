/** What images of databases do with their data. Sources: the images' own Dockerfiles (see the pages of the rules). */
import type { ImageReference } from '../model/image-reference.ts'

type Environment = (name: string) => string | undefined

type DatabaseImage = {
  readonly kind: string
  readonly title: string
  readonly images: readonly string[]
  /** Where the data lies; undefined when that cannot be told. */
  readonly directory: (major: number | undefined, environment: Environment) => string | undefined
  /** A variable that moves the data directory. */
  readonly moved?: string
  /** Paths that the image declares as volumes, so that data there ends in an anonymous one. */
  readonly declared: (major: number | undefined) => readonly string[]
  /** Reads the major version off a tag. */
  readonly major?: RegExp
  /** Often runs without a volume on purpose, as a cache. */
  readonly cache?: boolean
  /** What it holds can be made again from elsewhere. */
  readonly rebuildable?: boolean
  /** A new major needs a migration, or cannot be gone back from. */
  readonly majorMatters?: boolean
}

const leadingMajor = /^v?(\d+)(?:[.-]|$)/

const images: readonly DatabaseImage[] = [
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
    directory: (major) => postgresDirectory(major),
    moved: 'PGDATA',
    declared: (major) => postgresVolume(major),
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
    directory: (major) => postgresDirectory(major),
    moved: 'PGDATA',
    declared: (major) => postgresVolume(major),
    major: /(?:^|-)pg(\d+)/,
    majorMatters: true,
  },
  {
    kind: 'postgres',
    title: 'Postgres',
    images: ['timescale/timescaledb-ha'],
    directory: () => '/home/postgres/pgdata/data',
    moved: 'PGDATA',
    declared: () => [],
    major: /(?:^|-)?pg(\d+)/,
    majorMatters: true,
  },
  {
    kind: 'postgres',
    title: 'Postgres',
    images: ['bitnami/postgresql', 'bitnamilegacy/postgresql'],
    directory: () => '/bitnami/postgresql/data',
    moved: 'POSTGRESQL_DATA_DIR',
    declared: () => ['/bitnami/postgresql'],
    major: leadingMajor,
    majorMatters: true,
  },
  {
    kind: 'mysql',
    title: 'MySQL',
    images: ['mysql', 'mysql/mysql-server', 'percona', 'percona/percona-server'],
    directory: () => '/var/lib/mysql',
    declared: () => ['/var/lib/mysql'],
    major: leadingMajor,
    majorMatters: true,
  },
  {
    kind: 'mysql',
    title: 'MariaDB',
    images: ['mariadb', 'yobasystems/alpine-mariadb'],
    directory: () => '/var/lib/mysql',
    declared: () => ['/var/lib/mysql'],
    major: leadingMajor,
    majorMatters: true,
  },
  {
    kind: 'mysql',
    title: 'MariaDB',
    images: ['linuxserver/mariadb', 'lscr.io/linuxserver/mariadb'],
    directory: () => '/config',
    declared: () => ['/config'],
    major: leadingMajor,
    majorMatters: true,
  },
  {
    kind: 'mysql',
    title: 'MySQL',
    images: ['bitnami/mysql', 'bitnamilegacy/mysql'],
    directory: () => '/bitnami/mysql/data',
    declared: () => ['/bitnami/mysql'],
    major: leadingMajor,
    majorMatters: true,
  },
  {
    kind: 'mysql',
    title: 'MariaDB',
    images: ['bitnami/mariadb', 'bitnamilegacy/mariadb'],
    directory: () => '/bitnami/mariadb/data',
    declared: () => ['/bitnami/mariadb'],
    major: leadingMajor,
    majorMatters: true,
  },
  {
    kind: 'mongodb',
    title: 'MongoDB',
    images: ['mongo', 'percona/percona-server-mongodb'],
    directory: () => '/data/db',
    declared: () => ['/data/db'],
    major: leadingMajor,
    majorMatters: true,
  },
  {
    kind: 'mongodb',
    title: 'MongoDB',
    images: ['bitnami/mongodb', 'bitnamilegacy/mongodb'],
    directory: () => '/bitnami/mongodb/data/db',
    declared: () => ['/bitnami/mongodb'],
    major: leadingMajor,
    majorMatters: true,
  },
  {
    kind: 'redis',
    title: 'Redis',
    images: ['redis', 'redis/redis-stack', 'redis/redis-stack-server'],
    directory: () => '/data',
    declared: () => ['/data'],
    major: leadingMajor,
    cache: true,
  },
  {
    kind: 'redis',
    title: 'Valkey',
    images: ['valkey/valkey', 'docker.dragonflydb.io/dragonflydb/dragonfly', 'eqalpha/keydb'],
    directory: () => '/data',
    declared: () => ['/data'],
    major: leadingMajor,
    cache: true,
  },
  {
    kind: 'redis',
    title: 'Redis',
    images: ['bitnami/redis', 'bitnamilegacy/redis'],
    directory: () => '/bitnami/redis/data',
    declared: () => ['/bitnami/redis/data'],
    major: leadingMajor,
    cache: true,
  },
  {
    kind: 'elasticsearch',
    title: 'Elasticsearch',
    images: ['elasticsearch', 'docker.elastic.co/elasticsearch/elasticsearch'],
    directory: () => '/usr/share/elasticsearch/data',
    declared: () => [],
    major: leadingMajor,
    rebuildable: true,
    majorMatters: true,
  },
  {
    kind: 'opensearch',
    title: 'OpenSearch',
    images: ['opensearchproject/opensearch'],
    directory: () => '/usr/share/opensearch/data',
    declared: () => [],
    major: leadingMajor,
    rebuildable: true,
    majorMatters: true,
  },
  {
    kind: 'influxdb',
    title: 'InfluxDB',
    images: ['influxdb'],
    directory: (major) =>
      major === 1 ? '/var/lib/influxdb' : major === 2 ? '/var/lib/influxdb2' : undefined,
    declared: (major) => (major === 1 ? ['/var/lib/influxdb'] : major === 2 ? ['/var/lib/influxdb2'] : []),
    major: leadingMajor,
    majorMatters: true,
  },
  {
    kind: 'clickhouse',
    title: 'ClickHouse',
    images: ['clickhouse/clickhouse-server', 'clickhouse'],
    directory: () => '/var/lib/clickhouse',
    declared: () => ['/var/lib/clickhouse'],
    major: leadingMajor,
  },
  {
    kind: 'couchdb',
    title: 'CouchDB',
    images: ['couchdb', 'apache/couchdb'],
    directory: () => '/opt/couchdb/data',
    declared: () => ['/opt/couchdb/data'],
    major: leadingMajor,
    majorMatters: true,
  },
  {
    kind: 'cassandra',
    title: 'Cassandra',
    images: ['cassandra'],
    directory: () => '/var/lib/cassandra',
    declared: () => ['/var/lib/cassandra'],
    major: leadingMajor,
    majorMatters: true,
  },
  {
    kind: 'neo4j',
    title: 'Neo4j',
    images: ['neo4j'],
    directory: () => '/data',
    declared: () => ['/data'],
    major: leadingMajor,
    majorMatters: true,
  },
  {
    kind: 'mssql',
    title: 'SQL Server',
    images: ['mcr.microsoft.com/mssql/server'],
    directory: () => '/var/opt/mssql',
    declared: () => [],
    major: /^(20\d\d)/,
    majorMatters: true,
  },
  {
    kind: 'cockroachdb',
    title: 'CockroachDB',
    images: ['cockroachdb/cockroach'],
    directory: () => '/cockroach/cockroach-data',
    declared: () => [],
    major: leadingMajor,
    majorMatters: true,
  },
  {
    kind: 'arangodb',
    title: 'ArangoDB',
    images: ['arangodb', 'arangodb/arangodb'],
    directory: () => '/var/lib/arangodb3',
    declared: () => ['/var/lib/arangodb3'],
    major: leadingMajor,
    majorMatters: true,
  },
  {
    kind: 'qdrant',
    title: 'Qdrant',
    images: ['qdrant/qdrant'],
    directory: () => '/qdrant/storage',
    declared: () => [],
    major: leadingMajor,
    rebuildable: true,
  },
  {
    kind: 'meilisearch',
    title: 'Meilisearch',
    images: ['getmeili/meilisearch'],
    directory: () => '/meili_data',
    declared: () => [],
    major: leadingMajor,
    rebuildable: true,
    majorMatters: true,
  },
  {
    kind: 'rabbitmq',
    title: 'RabbitMQ',
    images: ['rabbitmq'],
    directory: () => '/var/lib/rabbitmq',
    declared: () => ['/var/lib/rabbitmq'],
    major: leadingMajor,
    rebuildable: true,
  },
]

/** What is known of the database in a container. */
export type DatabaseFacts = {
  readonly kind: string
  readonly title: string
  readonly major: number | undefined
  /** Where its data lies; undefined when that cannot be told. */
  readonly directory: string | undefined
  /** Whether a variable moved it there. */
  readonly moved: string | undefined
  readonly declaredVolumes: readonly string[]
  readonly cache: boolean
  readonly rebuildable: boolean
  readonly majorMatters: boolean
}

const byRepository = new Map(images.flatMap((image) => image.images.map((name) => [name, image] as const)))

/** `environment` answers undefined for what is not set and throws away nothing; `unknown` are those it cannot tell. */
export function databaseOf(
  image: ImageReference,
  environment: Environment,
  unknown: (name: string) => boolean,
): DatabaseFacts | undefined {
  const known = byRepository.get(image.repository)
  if (known === undefined) return undefined
  const { kind, title, cache, rebuildable, majorMatters } = known
  const digits = image.tag === undefined ? undefined : known.major?.exec(image.tag)?.[1]
  const major = digits === undefined ? undefined : Number(digits)
  const chosen = known.moved === undefined ? undefined : environment(known.moved)
  const open = known.moved !== undefined && unknown(known.moved)
  return {
    kind,
    title,
    major,
    directory: open ? undefined : (chosen ?? known.directory(major, environment)),
    moved: chosen === undefined ? undefined : known.moved,
    declaredVolumes: known.declared(major),
    cache: cache === true,
    rebuildable: rebuildable === true,
    majorMatters: majorMatters === true,
  }
}

/** `PGDATA` is not in the volume's own root since 18 (docker-library/postgres#1259). */
function postgresDirectory(major: number | undefined): string | undefined {
  if (major === undefined) return undefined
  return major >= 18 ? `/var/lib/postgresql/${major}/docker` : '/var/lib/postgresql/data'
}

function postgresVolume(major: number | undefined): readonly string[] {
  if (major === undefined) return []
  return [major >= 18 ? '/var/lib/postgresql' : '/var/lib/postgresql/data']
}
