/**
 * Docker's plugin protocol, as far as it is pure: what docker put on our command line, and which docker to call
 * back. docker hands its own arguments over unchanged (docker/cli, cli-plugins/manager, PluginRunCommand).
 */

export const pluginName = 'vol'

export type Invocation = {
  /** `run` a command, print `help`, print the `version`, or `complete` a word for the shell. */
  readonly kind: 'run' | 'help' | 'version' | 'complete'
  /** Docker's global flags as they were given; they precede the command of every docker call we make. */
  readonly docker: readonly string[]
  /** What is ours: the command and its arguments; for `complete` the words so far, the last may be empty. */
  readonly own: readonly string[]
  /** Whether `-D` stands among docker's flags. */
  readonly debug: boolean
  /** Of `complete`: whether the shell wants candidates alone. */
  readonly bare: boolean
  /** The directory that `--config` names, when it was given. */
  readonly configDirectory?: string
}

const withValue = new Set(['config', 'log-level', 'tlscacert', 'tlscert', 'tlskey', 'host', 'context'])
const booleans = new Set(['debug', 'tls', 'tlsverify', 'help', 'version'])
const shorthands: Readonly<Record<string, string>> = {
  D: 'debug',
  l: 'log-level',
  H: 'host',
  c: 'context',
  h: 'help',
  v: 'version',
}

/** One flag as it stood on the command line: its words, its long name, its value if it has one. */
type Flag = { readonly words: readonly string[]; readonly name: string; readonly value?: string }

/**
 * Splits our arguments (without `node` and the script) into docker's and our own. Parsing stops at the first bare
 * word, as docker's does. A global flag that we do not know belongs to a newer docker and is handed on.
 */
export function splitArguments(argv: readonly string[], standalone: boolean): Invocation {
  const flags: Flag[] = []
  let index = 0
  for (let word = argv[index]; word?.startsWith('-') && word !== '-' && word !== '--'; word = argv[index]) {
    const read = readFlags(argv, index, standalone)
    if (read === undefined) break
    flags.push(...read.flags)
    index += read.used
  }
  const rest = argv.slice(index)
  const [first, second] = rest
  const asked = (name: string) => flags.findLast((flag) => flag.name === name)
  const isOn = (name: string) => asked(name) !== undefined && !/^(0|f|false)$/i.test(asked(name)?.value ?? '')
  const configDirectory = asked('config')?.value
  const common = {
    docker: flags.filter(({ name }) => name !== 'help' && name !== 'version').flatMap(({ words }) => words),
    debug: isOn('debug'),
    bare: first === '__completeNoDesc',
    ...(configDirectory === undefined ? {} : { configDirectory }),
  }
  if (first === '__complete' || first === '__completeNoDesc') {
    // An old bash script calls the plugin directly and leaves our name out.
    const own = rest.slice(second === pluginName ? 2 : 1)
    return { kind: 'complete', ...common, own }
  }
  if (first === 'help') {
    return { kind: 'help', ...common, own: rest.slice(second === pluginName ? 2 : 1) }
  }
  const own = first === pluginName ? rest.slice(1) : rest
  if (isOn('version')) return { kind: 'version', ...common, own }
  return { kind: isOn('help') ? 'help' : 'run', ...common, own }
}

/** Reads the word at `index`, which may hold several combined shorthands, and its value if that is the next word. */
function readFlags(
  argv: readonly string[],
  index: number,
  standalone: boolean,
): { flags: Flag[]; used: number } | undefined {
  const word = argv[index] ?? ''
  const next = argv[index + 1]
  if (word.startsWith('--')) {
    const equals = word.indexOf('=')
    const name = word.slice(2, equals === -1 ? undefined : equals)
    const known = withValue.has(name) || booleans.has(name)
    // Without docker in front nobody has checked the flag: it is not docker's, so it is a mistake of ours to report.
    if (!known && standalone) return undefined
    if (equals !== -1) return { flags: [{ words: [word], name, value: word.slice(equals + 1) }], used: 1 }
    const takesNext = withValue.has(name) || (!known && isValueOfUnknown(argv, index + 1))
    if (takesNext && next !== undefined)
      return { flags: [{ words: [word, next], name, value: next }], used: 2 }
    return { flags: [{ words: [word], name }], used: 1 }
  }
  const flags: Flag[] = []
  for (let at = 1; at < word.length; at++) {
    const letter = word.charAt(at)
    const name = shorthands[letter]
    if (name === undefined && standalone) return undefined
    const remainder = word.slice(at + 1)
    if (name !== undefined && withValue.has(name)) {
      if (remainder !== '') {
        const value = remainder.replace(/^=/, '')
        return { flags: [...flags, { words: [`-${letter}${remainder}`], name, value }], used: 1 }
      }
      const value = next === undefined ? {} : { value: next }
      const words = next === undefined ? [`-${letter}`] : [`-${letter}`, next]
      return { flags: [...flags, { words, name, ...value }], used: words.length }
    }
    if (remainder.startsWith('=')) {
      const value = remainder.slice(1)
      return {
        flags: [...flags, { words: [`-${letter}${remainder}`], name: name ?? letter, value }],
        used: 1,
      }
    }
    flags.push({ words: [`-${letter}`], name: name ?? letter })
  }
  return { flags, used: 1 }
}

/** docker accepted this flag, so `vol` must still come: what stands between an unknown flag and it is a value. */
function isValueOfUnknown(argv: readonly string[], index: number): boolean {
  const word = argv[index]
  return (
    word !== undefined &&
    word !== pluginName &&
    word !== 'help' &&
    !word.startsWith('-') &&
    argv.includes(pluginName, index + 1)
  )
}

/**
 * The docker to call back: the one that called us, unless that turns out to be ourselves. While a shell completes,
 * docker names the plugin's own file there (cli-plugins/manager/cobra.go), and calling it would never end.
 * `resolve` gives the real path of a file or undefined.
 */
export function dockerCommand(
  original: string | undefined,
  kind: Invocation['kind'],
  ourselves: string,
  resolve: (file: string) => string | undefined,
): string {
  if (original === undefined || original === '' || kind === 'complete') return 'docker'
  const name = original.slice(original.lastIndexOf('/') + 1)
  if (name.startsWith(`docker-${pluginName}`)) return 'docker'
  if (original.includes('/') && resolve(original) === resolve(ourselves)) return 'docker'
  return original
}
