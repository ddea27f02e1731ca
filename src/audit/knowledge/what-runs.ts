/** What a service does with an image: run the server that it is for, or something else that happens to be in it. */

/**
 * Whether the image's own server runs. A shell, a client or a script that starts no server that we know is a job:
 * it sets a replica set up, dumps or waits, and keeps no data.
 */
export function runsItsServer(entrypoint: readonly string[], command: readonly string[]): boolean {
  const text = [...entrypoint, ...command].join(' ')
  const words = text.split(/\s+/).filter((word) => word !== '')
  const first =
    (words[0] ?? '')
      .replaceAll(/^["']+|["']+$/g, '')
      .split('/')
      .at(-1) ?? ''
  if (!jobs.test(first)) return true
  return servers.test(text)
}

const jobs =
  /^((ba|da|a|z)?sh|pg_\w+|psql|createdb|mysql|mysqldump|mysqladmin|mariadb|mariadb-dump|mariadb-admin|mongo|mongosh|mongodump|mongorestore|mongoimport|redis-cli|valkey-cli|clickhouse-client|cqlsh|cypher-shell|neo4j-admin|influx|rabbitmqctl|rabbitmqadmin|etcdctl|mc|wp|curl|wget|sleep|tail|true|echo|cat|chown|chmod|mkdir|cp|cron|crond|supercronic|wait-for-it(\.sh)?|.*\.(sh|py|js))$/

const servers =
  /docker-entrypoint|entrypoint\.sh|(^|[\s;&|"'(/])(exec\s+)?(mysqld(_safe)?|mariadbd(-safe)?|mongod|redis-server|valkey-server|influxd|clickhouse-server|rabbitmq-server|elasticsearch(\s|$))|\bgosu\b|(exec|&&|;|-c)\s+["']?postgres(\s|$)/

/**
 * Whether the command or a variable says where data lies, so that the image's own place for it is not what counts.
 * `targets` are paths that are mounted writable.
 */
export function movesItsData(
  command: readonly string[],
  environment: ReadonlyMap<string, string | undefined>,
  targets: readonly string[],
): boolean {
  if (
    /(--dbpath|--datadir|--data-dir|--data|--dir|--store|path\.data)[= ]|(^|\s)-D\s*\//.test(
      command.join(' '),
    )
  )
    return true
  const words = command.join(' ').split(/[\s=]+/)
  if (targets.some((target) => words.includes(target))) return true
  return [...environment].some(
    ([name, value]) =>
      /DATA|DB|STORAGE|PATH|DIR|BASE|HOME/.test(name) &&
      !/BACKUP|DUMP|LOG|CONF|INIT|SOCKET/.test(name) &&
      targets.some((target) => value === target || value?.startsWith(`${target}/`) === true),
  )
}
