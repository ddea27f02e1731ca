/**
 * Settings that keep a server to itself while a cluster is built: nobody but us reaches it, nothing leaves it, and what
 * makes it safe against a crash is left out, for a crash means to begin anew. They go to the end of
 * postgresql.auto.conf, where they win over the user's own; every name is one that Postgres knows from 10 on. `given` are
 * settings that the server is usually started with, beside its files. From `major` 17 on no event trigger of the user's
 * fires.
 */
export function overridesFor(
  place: { readonly sockets: string; readonly work: string },
  given: Readonly<Record<string, string>> = {},
  major = 0,
): readonly string[] {
  return settings({
    [oursFollow]: 'on',
    ...given,
    listen_addresses: '',
    unix_socket_directories: place.sockets,
    unix_socket_permissions: '0777',
    unix_socket_group: '',
    port: '5432',
    hba_file: `${place.work}/hba.conf`,
    ident_file: `${place.work}/ident.conf`,
    ssl: 'off',
    archive_mode: 'off',
    logging_collector: 'off',
    log_destination: 'stderr',
    log_line_prefix: '',
    // What is read of what servers say is English.
    lc_messages: 'C',
    log_statement: 'none',
    log_min_duration_statement: '-1',
    autovacuum: 'off',
    // Jobs of pg_cron would write between two looks.
    'cron.launch_active_jobs': 'off',
    fsync: 'off',
    full_page_writes: 'off',
    synchronous_commit: 'off',
    synchronous_standby_names: '',
    huge_pages: 'off',
    shared_buffers: '128MB',
    max_connections: '100',
    // Every table of a database is locked while it is dumped, and again while it is restored.
    max_locks_per_transaction: '2000',
    superuser_reserved_connections: '3',
    max_parallel_workers_per_gather: '0',
    default_transaction_read_only: 'off',
    default_transaction_isolation: 'read committed',
    statement_timeout: '0',
    lock_timeout: '0',
    idle_in_transaction_session_timeout: '0',
    session_replication_role: 'origin',
    ...(major >= 17 ? { event_triggers: 'off' } : {}),
  })
}

/** A name that any server takes and that does nothing. What is set after it is not the user's own. */
export const oursFollow = 'docker_vol.ours_follow'

/** Further ones for a server into which everything is put, one thing after the other, and that nobody replicates. */
export function overridesToFill(major: number): readonly string[] {
  return settings({
    wal_level: 'minimal',
    max_wal_senders: '0',
    max_wal_size: '4GB',
    checkpoint_timeout: '1h',
    maintenance_work_mem: '256MB',
    // It wants more than a minimal log.
    ...(major >= 17 ? { summarize_wal: 'off' } : {}),
  })
}

/** Lines of a configuration file. */
export function settings(values: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(values).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`)
}

/** What a server cannot be told again: where its files are, and where it listens. */
const places =
  /^(config_file|data_directory|hba_file|ident_file|external_pid_file|unix_socket_.*|listen_addresses|port)$/i

/**
 * Settings among the arguments that a server was started with (`-c name=value`, `--name=value`), of which its files say
 * nothing.
 */
export function settingsFromArguments(serverArguments: readonly string[]): Readonly<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const [index, argument] of serverArguments.entries()) {
    const given = argument === '-c' ? serverArguments[index + 1] : /^(?:-c|--)(.+=.*)$/s.exec(argument)?.[1]
    const [, name, value = ''] = /^([\w.-]+)=(.*)$/s.exec(given ?? '') ?? []
    // A dash stands for an underscore (guc.c, ParseLongOption).
    const proper = name?.replaceAll('-', '_')
    if (proper !== undefined && !places.test(proper) && !value.includes('\n')) found[proper] = value
  }
  return found
}
