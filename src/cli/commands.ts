import { readFile, readdir } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

import type { VolCommand } from './command.ts'
import { type CommandDescription, describeCommand, type Manifest } from './description.ts'

/** A command file's default export. */
export type CommandClass = Pick<typeof VolCommand, keyof typeof VolCommand> &
  (new (...args: ConstructorParameters<typeof VolCommand>) => VolCommand)

/** Where the commands come from: the bundle, which has a manifest of them, or the sources, which are all loaded. */
export type CommandSource = {
  readonly version: string
  describe(): Promise<Manifest>
  load(id: string): Promise<CommandClass>
}

type ManifestFile = { readonly commands: Readonly<Record<string, Parameters<typeof describeCommand>[1]>> }

/** The commands of a bundle whose files lie in `folder`; `root` holds package.json and the manifest. */
export async function bundledCommands(root: string, folder: string): Promise<CommandSource> {
  const [version, text] = await Promise.all([
    versionIn(root),
    readFile(path.join(root, 'oclif.manifest.json'), 'utf8'),
  ])
  const { commands }: ManifestFile = JSON.parse(text)
  const descriptions = Object.entries(commands).map(([id, raw]) => describeCommand(id, raw))
  return {
    version,
    describe: async () => ({ version, commands: sorted(descriptions) }),
    load: async (id) => importCommand(path.join(folder, 'commands', `${id}.js`)),
  }
}

/** The commands as they are in the sources, for tests and for work on them. */
export async function sourceCommands(root: string): Promise<CommandSource> {
  const version = await versionIn(root)
  const folder = path.join(root, 'src', 'commands')
  const load = async (id: string) => importCommand(path.join(folder, `${id}.ts`))
  return {
    version,
    describe: async () => {
      const files = await readdir(folder)
      const ids = files.filter((file) => /^[a-z-]+\.ts$/.test(file)).map((file) => path.basename(file, '.ts'))
      const commands = await Promise.all(
        ids.map(async (id) => {
          const { summary, description, usage, hidden, examples, flags, baseFlags, args } = await load(id)
          const raw = { summary, description, usage, hidden, examples, flags, baseFlags, args }
          return describeCommand(id, raw)
        }),
      )
      return { version, commands: sorted(commands) }
    },
    load,
  }
}

async function importCommand(file: string): Promise<CommandClass> {
  const loaded: { default: CommandClass } = await import(pathToFileURL(file).href)
  return loaded.default
}

async function versionIn(root: string): Promise<string> {
  const { version }: { version: string } = JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8'))
  return version
}

function sorted(commands: readonly CommandDescription[]): CommandDescription[] {
  return commands.toSorted((left, right) => (left.id < right.id ? -1 : 1))
}
