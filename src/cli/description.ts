/** What help and completion need to know of a command; the manifest holds it as JSON, a class as statics. */

/** What a value is, by the name that stands for it in the usage (`VOLUME`, `--store DIR`). */
export type ValueKind =
  | 'volume'
  | 'snapshot'
  | 'project'
  | 'image'
  | 'service'
  | 'file'
  | 'directory'
  | 'other'

export type FlagDescription = {
  readonly type: 'boolean' | 'option'
  readonly char?: string | undefined
  readonly description?: string | undefined
  /** What stands for the value: `FILE`. */
  readonly helpValue?: string | readonly string[] | undefined
  readonly options?: readonly string[] | undefined
  readonly default?: unknown
  readonly multiple?: boolean | undefined
  readonly hidden?: boolean | undefined
  readonly allowNo?: boolean | undefined
  readonly aliases?: readonly string[] | undefined
}

export type ArgumentDescription = {
  readonly description?: string | undefined
  readonly required?: boolean | undefined
  readonly multiple?: boolean | undefined
  readonly options?: readonly string[] | undefined
  readonly hidden?: boolean | undefined
}

export type Example = string | { readonly description: string; readonly command: string }

export type CommandDescription = {
  readonly id: string
  /** One line, for the list of commands. */
  readonly summary: string
  /** More, for the command's own help. */
  readonly description?: string
  /** Instead of what follows from the arguments, e.g. `SNAPSHOT [--into VOLUME]`. */
  readonly usage?: string
  readonly hidden?: boolean
  readonly examples: readonly Example[]
  readonly flags: Readonly<Record<string, FlagDescription>>
  readonly args: Readonly<Record<string, ArgumentDescription>>
}

export type Manifest = { readonly version: string; readonly commands: readonly CommandDescription[] }

type RawCommand = {
  readonly summary?: string | undefined
  readonly description?: string | undefined
  readonly usage?: string | string[] | undefined
  readonly hidden?: boolean | undefined
  readonly examples?: readonly Example[] | undefined
  readonly flags?: CommandDescription['flags']
  readonly baseFlags?: CommandDescription['flags']
  readonly args?: CommandDescription['args']
}

/** Reads a command's description from the manifest's JSON or from a command class; both have the same shape. */
export function describeCommand(id: string, raw: RawCommand): CommandDescription {
  // oclif's own help wants the command's name in it, docker's usage line has it already.
  const usage = (typeof raw.usage === 'object' ? raw.usage[0] : raw.usage)?.replace(new RegExp(`^${id} `), '')
  return {
    id,
    summary: raw.summary ?? raw.description?.split('\n')[0] ?? '',
    ...(raw.description === undefined ? {} : { description: raw.description }),
    ...(usage === undefined ? {} : { usage }),
    hidden: raw.hidden === true,
    examples: raw.examples ?? [],
    flags: { ...raw.baseFlags, ...raw.flags },
    args: raw.args ?? {},
  }
}

const kinds: Readonly<Record<string, ValueKind>> = {
  VOLUME: 'volume',
  SRC: 'volume',
  SNAPSHOT: 'snapshot',
  PROJECT: 'project',
  SERVICE: 'service',
  IMAGE: 'image',
  FILE: 'file',
  DIR: 'directory',
}

/** What kind of value a placeholder of the usage stands for. */
export function kindOfValue(placeholder: string | undefined): ValueKind {
  return kinds[(placeholder ?? '').toUpperCase()] ?? 'other'
}
