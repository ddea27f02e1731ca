import { helperLabel } from '../docker/observe.ts'
import type { Helper, ScriptResult } from '../docker/docker.ts'
import { VolError } from '../errors.ts'
import type { Container } from '../facts.ts'
import type { World } from '../plan/world.ts'
import { bootExit, bootScript } from './boot-script.ts'
import type { Migration } from './migration.ts'
import { variablesInShell } from './variables-in-shell.ts'
import type { WorkVolume } from './working-copy.ts'

/** What came of a start through the image's own entrypoint. */
export type Booted = {
  /** How the application's user came in over TCP: with its password, or without one being asked for. */
  readonly login: 'password' | 'trusted' | 'refused'
  /**
   * What the server said when it refused that user by what is in the cluster alone: its rules, roles, passwords and
   * databases. Undefined also where the trial lacked something that could have let it in.
   */
  readonly refusal: string | undefined
  /** What is good to know, a sentence each. */
  readonly notes: readonly string[]
}

/**
 * Starts the migrated cluster as a container of the new image would: by its entrypoint, with the volume where that wants
 * it, and with the environment of the old server's container; then logs in over TCP as the application would, also where
 * a password is demanded. Fails with MIGRATION_UNPROVEN when it does not start. The cluster is shut down in the end.
 */
export async function bootTarget(
  world: World,
  { volume, operation }: WorkVolume,
  migration: Migration,
  owner: string,
): Promise<Booted> {
  const { to, place } = migration
  const image = await world.docker.image(to.id)
  const variables = await ownVariables(world, migration)
  const files = namedFiles(migration.serverContainer)
  const helper = await world.docker.startHelper({
    image: to.id,
    name: `docker-vol-migrate-boot-${operation}`,
    labels: { [helperLabel]: operation },
    mounts: [{ volume, path: place.mountPath.slice(1), readOnly: false }],
    runsAs: owner,
  })
  try {
    const entrypoint = [...(image?.entrypoint ?? []), ...serverOf(image?.command ?? [])]
    return await bootThrough({ helper, entrypoint, variables, files }, migration)
  } finally {
    await helper.close()
    world.signal.throwIfAborted()
  }
}

type Boot = {
  readonly helper: Helper
  readonly entrypoint: readonly string[]
  readonly variables: ReadonlyMap<string, string>
  /** Variables that name files which only the user's container has. */
  readonly files: readonly string[]
}

/** The image's own command, unless it is none that runs the server. */
function serverOf(command: readonly string[]): readonly string[] {
  return command.length > 0 ? command : ['postgres']
}

async function bootThrough(boot: Boot, { cluster, place, to }: Migration): Promise<Booted> {
  const notes: string[] = []
  const { options, left } = usableOptions(cluster.serverArguments, place.mountPath)
  notes.push(
    ...left.map(
      (option) =>
        `The server's option ${option} names a file outside of the volume, and was left out of the trial.`,
    ),
  )
  let given = options
  let result = await start(boot, 'own', place.dataDirectory, given)
  if (result.exitCode !== 0) {
    // What else is wrong is not a matter of settings, and would not be seen a second time.
    if (result.exitCode !== bootExit.noServer) throw doesNotStart(to.reference, result)
    // Files that only the user's own container has, certificates say, are no matter of the migration.
    const second = await start(boot, 'own', place.dataDirectory, ['-c', 'ssl=off'])
    if (second.exitCode !== 0) throw doesNotStart(to.reference, second)
    notes.push(
      `With ${['ssl', ...options.filter((option) => option !== '-c')].join(', ')} as the old server had it, the new one does not start in a bare container: ${reasonIn(result)}`,
    )
    given = ['-c', 'ssl=off']
    result = second
  }
  const trusted = result.stdout.startsWith('in\n')
  const refusal = trusted || given !== options || left.length > 0 ? undefined : refusalIn(result.stdout)
  if (!trusted)
    notes.push(`With the volume's own pg_hba.conf, a login over TCP from within was ${result.stdout.trim()}`)
  notes.push(...boot.files.map(leftOut))
  if (!boot.variables.has('PGPASSWORD')) {
    if (!boot.files.includes('POSTGRES_PASSWORD_FILE'))
      notes.push('No password is known here: POSTGRES_PASSWORD is not in the environment of the container.')
    return { login: trusted ? 'trusted' : 'refused', refusal, notes }
  }
  const strict = await start(boot, 'strict', place.dataDirectory, given)
  if (strict.exitCode !== 0) throw doesNotStart(to.reference, strict)
  if (strict.stdout.startsWith('in\n')) return { login: 'password', refusal, notes }
  notes.push(
    `With POSTGRES_PASSWORD of the container's environment a login was ${strict.stdout.trim()}. That counts only when a cluster is made; all passwords are what they were.`,
  )
  return { login: trusted ? 'trusted' : 'refused', refusal, notes }
}

/** Of what a login was told; none of what an authority on the network decides, which a trial cannot reach. */
export function refusalIn(said: string): string | undefined {
  return /FATAL: +((?:no pg_hba\.conf entry|pg_hba\.conf rejects|password authentication failed|role|database) .*)/.exec(
    said,
  )?.[1]
}

async function start(
  { helper, entrypoint, variables }: Boot,
  how: 'own' | 'strict',
  dataDirectory: string,
  options: readonly string[],
): Promise<ScriptResult> {
  return await helper.run({
    text: bootScript,
    arguments: [how, dataDirectory, ...entrypoint, ...options],
    input: [Buffer.from(variablesInShell(variables))],
  })
}

function doesNotStart(reference: string, { stderr }: ScriptResult): VolError {
  return new VolError(
    'MIGRATION_UNPROVEN',
    `The migrated cluster does not start as a container of ${reference} would start it.`,
    { output: stderr },
  )
}

function reasonIn({ stderr }: ScriptResult): string {
  const lines = stderr.trim().split('\n')
  return lines.find((line) => /FATAL|ERROR/.test(line)) ?? lines.at(-1) ?? ''
}

/**
 * What the user told the old container beside what its image says; with it the login of the application. Files that
 * variables name are not here (`namedFiles`).
 */
async function ownVariables(
  world: World,
  { from, serverContainer, place }: Migration,
): Promise<ReadonlyMap<string, string>> {
  const image = (await world.docker.image(from.id))?.environment ?? {}
  const own = Object.entries(serverContainer?.environment ?? {}).filter(
    ([name, value]) => image[name] !== value && !name.endsWith('_FILE'),
  )
  const variables = new Map(own)
  const password = variables.get('POSTGRES_PASSWORD')
  const user = variables.get('POSTGRES_USER') ?? 'postgres'
  const login = { PGUSER: user, PGDATABASE: variables.get('POSTGRES_DB') ?? user }
  for (const [name, value] of Object.entries(login)) variables.set(name, value)
  if (password !== undefined && password !== '') variables.set('PGPASSWORD', password)
  if (place.dataDirectory !== '') variables.set('PGDATA', place.dataDirectory)
  return variables
}

/** Images take each of their variables from a file as well, by a name of this form (docker-entrypoint.sh, file_env). */
export function namedFiles(container: Pick<Container, 'environment'> | undefined): readonly string[] {
  const given = Object.entries(container?.environment ?? {})
  return given.filter(([name, value]) => name.endsWith('_FILE') && value !== '').map(([name]) => name)
}

function leftOut(variable: string): string {
  return variable === 'POSTGRES_PASSWORD_FILE'
    ? 'POSTGRES_PASSWORD_FILE names a file that only the container has: no login with its password was tried.'
    : `${variable} names a file that only the container has, and was left out of the trial.`
}

/** Options as the old server had them, without those that name a file which is not in the volume. */
export function usableOptions(
  given: readonly string[],
  mountPath: string,
): { readonly options: readonly string[]; readonly left: readonly string[] } {
  const options: string[] = []
  const left: string[] = []
  for (let index = 0; index < given.length; index += 1) {
    const option = given[index] ?? ''
    const next = given[index + 1] ?? ''
    const setting = option === '-c' || option === '--config' ? next : option.replace(/^(-c|--)/, '')
    const file = /^[\w.-]*_file=(\/.*)$/.exec(setting)?.[1]
    const size = setting === option || option !== '-c' ? 1 : 2
    if (file !== undefined && !file.startsWith(`${mountPath}/`)) left.push(setting)
    else options.push(...given.slice(index, index + size))
    index += size - 1
  }
  return { options, left }
}
