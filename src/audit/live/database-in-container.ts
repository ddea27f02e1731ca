import type { InspectedContainer, InspectedImage } from '../../docker/inspection.ts'
import { databaseOf, type ServedDatabase } from '../knowledge/databases.ts'
import { runsItsServer } from '../knowledge/what-runs.ts'
import { parseImageReference } from '../model/image-reference.ts'

/**
 * The database whose server a container runs. The image's name tells the kind; what it really declares and the
 * variables that the container really has tell the rest. An image of another name is known by the variables that the
 * official images of databases set, when it still starts their server.
 */
export function databaseInContainer(
  container: InspectedContainer,
  image: InspectedImage | undefined,
): ServedDatabase | undefined {
  if (image === undefined) return undefined
  const entrypoint = sameWords(container.entrypoint, image.entrypoint) ? [] : container.entrypoint
  const command = sameWords(container.command, image.command) ? [] : container.command
  if (!runsItsServer(entrypoint, command)) return undefined
  const names = [container.image, ...image.references]
  const byName = names
    .map((name) =>
      databaseOf(
        parseImageReference(name),
        (variable) => container.environment[variable],
        () => false,
      ),
    )
    .find((found) => found !== undefined)
  const known = byName ?? byMarks(container, image)
  if (known === undefined) return undefined
  const major = majorIn(known.kind, container.environment) ?? known.major
  const moved = movedBy(command)
  const directory =
    moved ??
    (known.kind === 'postgres' ? (container.environment['PGDATA'] ?? known.directory) : known.directory)
  return { ...known, major, directory, declaredVolumes: image.volumes }
}

type Mark = {
  readonly variables: readonly string[]
  readonly kind: string
  readonly title: string
  readonly directory: string
  readonly server: RegExp
  readonly cache?: boolean
}

/** Variables that the official images set (their Dockerfiles), and the program that they start. */
const marks: readonly Mark[] = [
  {
    variables: ['PG_MAJOR', 'PGDATA'],
    kind: 'postgres',
    title: 'Postgres',
    directory: '/var/lib/postgresql/data',
    server: /^postgres$/,
  },
  {
    variables: ['MARIADB_VERSION'],
    kind: 'mysql',
    title: 'MariaDB',
    directory: '/var/lib/mysql',
    server: /^(mariadbd|mysqld)$/,
  },
  {
    variables: ['MYSQL_MAJOR'],
    kind: 'mysql',
    title: 'MySQL',
    directory: '/var/lib/mysql',
    server: /^mysqld$/,
  },
  {
    variables: ['MONGO_MAJOR'],
    kind: 'mongodb',
    title: 'MongoDB',
    directory: '/data/db',
    server: /^mongod$/,
  },
  {
    variables: [],
    kind: 'redis',
    title: 'Redis',
    directory: '/data',
    server: /^redis-server$/,
    cache: true,
  },
  {
    variables: [],
    kind: 'redis',
    title: 'Valkey',
    directory: '/data',
    server: /^valkey-server$/,
    cache: true,
  },
]

/** Without variables the image must at least declare the directory as a volume. */
function byMarks(
  { environment, command }: InspectedContainer,
  image: InspectedImage,
): ServedDatabase | undefined {
  const first = command[0] ?? ''
  const program = first.split('/').at(-1) ?? ''
  const mark = marks.find(
    ({ variables, server, directory }) =>
      variables.every((name) => environment[name] !== undefined) &&
      (variables.length > 0
        ? server.test(program) || first.startsWith('-')
        : server.test(program) && image.volumes.includes(directory)),
  )
  if (mark === undefined) return undefined
  return {
    kind: mark.kind,
    title: mark.title,
    major: undefined,
    directory: mark.directory,
    moved: undefined,
    declaredVolumes: [],
    cache: mark.cache === true,
    rebuildable: false,
    majorMatters: mark.cache !== true,
  }
}

const majorVariables: Readonly<Record<string, readonly string[]>> = {
  postgres: ['PG_MAJOR'],
  mysql: ['MYSQL_MAJOR', 'MARIADB_VERSION'],
  mongodb: ['MONGO_MAJOR'],
}

/** The major that the image says it has, in the variables that official images set. */
export function majorIn(kind: string, environment: Readonly<Record<string, string>>): number | undefined {
  for (const name of majorVariables[kind] ?? []) {
    const digits = /^(?:\d+:)?(\d+)/.exec(environment[name] ?? '')?.[1]
    if (digits !== undefined) return Number(digits)
  }
  return undefined
}

/** A data directory that the command names. */
function movedBy(command: readonly string[]): string | undefined {
  const text = command.join(' ')
  return /(?:--dbpath|--datadir|--data-dir|--dir|(?:^|\s)-D)[= ]\s*(\/[^\s"']+)/.exec(text)?.[1]
}

function sameWords(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((word, index) => word === other[index])
}
