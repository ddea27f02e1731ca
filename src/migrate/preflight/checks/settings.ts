import type { Check, Seen } from '../check.ts'
import { curesOf, listed } from '../objects.ts'
import { settingsOfArguments, settingsOfFiles } from '../settings.ts'

/** What took the place of a setting that is gone. */
const successors: Readonly<Record<string, string>> = {
  wal_keep_segments: 'wal_keep_size (in megabytes: 16 for each segment)',
  force_parallel_mode: 'debug_parallel_query',
  promote_trigger_file: 'pg_ctl promote',
  checkpoint_segments: 'max_wal_size',
}

/** Settings: in files, on the command line, of roles and databases. */
export const settingChecks: readonly Check[] = [
  {
    id: 'removed-setting',
    severity: 'warning',
    summary: 'Settings in the configuration files that the target does not have',
    doc: `A server does not start with a setting that it does not know. Such settings are left out of the new cluster's
files; everything else is carried over.`,
    find: (seen) => {
      const lost = settingsOfFiles(seen.rows('file-settings')).flatMap(({ name }) =>
        isKnown(seen, name) ? [] : [name],
      )
      return lost.length === 0
        ? []
        : [{ message: `The target has no setting ${listed(lost)}; it is left out.`, ...successorsOf(lost) }]
    },
  },
  {
    id: 'refused-setting',
    severity: 'warning',
    summary: 'Settings whose values the target does not take',
    doc: `The configuration files were tried with the target's own server, which does not take these values. They are left
out of the new cluster's files.`,
    find: ({ tried }) =>
      tried.settings.size === 0
        ? []
        : [{ message: `The target does not take the value of ${listed([...tried.settings])}.` }],
  },
  {
    id: 'command-line-setting',
    severity: 'note',
    summary: 'Settings on the command line of the container',
    doc: `They are not in the volume (\`command: postgres -c …\`) and stay with the container. The new one needs them, too.`,
    find: ({ cluster }) => {
      const names = namesOnCommandLine(cluster.serverArguments)
      return names.length === 0
        ? []
        : [{ message: `The container sets ${listed(names)} on its command line, outside of the volume.` }]
    },
  },
  {
    id: 'removed-command-line-setting',
    severity: 'blocker',
    summary: 'Settings on the command line that the target does not have',
    doc: `The new server would not start with the container's command line. Take the setting away there first.`,
    find: (seen) => {
      const lost = namesOnCommandLine(seen.cluster.serverArguments).filter((name) => !isKnown(seen, name))
      return lost.length === 0
        ? []
        : [
            {
              message: `The target does not start with ${listed(lost.map((name) => `-c ${name}`))}.`,
              cure: `Take ${listed(lost)} out of the container's command.`,
            },
          ]
    },
  },
  {
    id: 'removed-role-setting',
    severity: 'blocker',
    summary: 'Settings of roles and databases that the target does not have',
    doc: `\`ALTER ROLE … SET\` and \`ALTER DATABASE … SET\` are carried over, and fail where the setting is gone. Reset
them.`,
    query: {
      of: 'cluster',
      sql: () => `
select split_part(config, '=', 1) as name, case
    when setrole = 0 and setdatabase = 0 then 'all roles'
    when setrole = 0 then format('database %I', datname)
    when setdatabase = 0 then format('role %I', rolname)
    else format('role %I in %I', rolname, datname) end as owner,
  case
    when setrole = 0 and setdatabase = 0 then 'ALTER ROLE ALL RESET '
    when setrole = 0 then format('ALTER DATABASE %I RESET ', datname)
    when setdatabase = 0 then format('ALTER ROLE %I RESET ', rolname)
    else format('ALTER ROLE %I IN DATABASE %I RESET ', rolname, datname) end || quote_ident(split_part(config, '=', 1)) || ';' as cure
from pg_db_role_setting cross join unnest(setconfig) config
  left join pg_roles r on r.oid = setrole left join pg_database d on d.oid = setdatabase
order by 1, 2`,
    },
    find: (seen, own) => {
      const lost = own.filter(({ name = '' }) => !isKnown(seen, name))
      const cure = curesOf(lost)
      return lost.length === 0
        ? []
        : [
            {
              message: `The target has no setting ${listed(lost.map(({ name = '', owner = '' }) => `${name} (${owner})`))}.`,
              ...(cure === undefined ? {} : { cure }),
            },
          ]
    },
  },
  {
    id: 'settings-elsewhere',
    severity: 'warning',
    summary: 'Configuration files outside of the volume',
    doc: `Settings that lie beside the volume (Bitnami's images, \`config_file\`, an \`include\`) stay with the container.
They are not carried over, and nothing is known of how the target takes them.`,
    find: ({ rows, cluster }) => {
      const [server] = rows('server')
      const directory = `${server?.['dataDirectory'] ?? ''}/`
      const files = rows('file-settings').flatMap(({ file = '' }) =>
        file.startsWith(directory) ? [] : [file],
      )
      const named = settingsOfArguments(cluster.serverArguments)
        .filter(({ name }) => /^(?:config|hba|ident)_file$/.test(name))
        .map(({ value }) => value)
      const elsewhere = [...new Set([...files, ...named])].filter((file) => file !== '')
      if (elsewhere.length > 0)
        return [{ message: `Settings lie outside of the volume: ${listed(elsewhere)}.` }]
      return cluster.provenance === 'bitnami'
        ? [
            {
              message: "Bitnami's images keep settings outside of the volume (/opt/bitnami/postgresql/conf).",
            },
          ]
        : []
    },
  },
]

function namesOnCommandLine(serverArguments: readonly string[]): readonly string[] {
  const names = settingsOfArguments(serverArguments).map(({ name }) => name)
  return [...new Set(names)].filter((name) => !/^(?:data_directory|(?:config|hba|ident)_file)$/.test(name))
}

/** A name with a dot belongs to an extension: any server takes it. Names do not differ by case (guc.c). */
function isKnown({ target }: Seen, name: string): boolean {
  return name.includes('.') || target.settings.has(name.toLowerCase())
}

function successorsOf(names: readonly string[]): { cure?: string } {
  const lines = names.flatMap((name) =>
    successors[name] === undefined ? [] : [`Instead of ${name}: ${successors[name]}`],
  )
  return lines.length === 0 ? {} : { cure: lines.join('\n') }
}
