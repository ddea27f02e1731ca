type FlagShape = {
  readonly type?: string
  readonly char?: string
  readonly allowNo?: boolean
  readonly aliases?: readonly string[]
}

/**
 * Rewrites `--yes=true` and `--yes=false` as docker understands them (pflag's ParseBool). oclif would take the
 * value for an argument: `--yes=false VOLUME` would mean yes, and a volume called "false".
 */
export function expandBooleans(
  argv: readonly string[],
  flags: Readonly<Record<string, FlagShape>>,
): string[] {
  const result: string[] = []
  for (const [index, word] of argv.entries()) {
    if (word === '--') return [...result, ...argv.slice(index)]
    const match = /^(?:--([^=]+)|-(.))=(1|0|t|f|true|false)$/i.exec(word)
    const name = match === null ? undefined : findBoolean(flags, match[1], match[2])
    if (match === null || name === undefined) {
      result.push(word)
    } else if (/^(1|t)/i.test(match[3] ?? '')) {
      result.push(`--${name}`)
    } else if (flags[name]?.allowNo === true) {
      result.push(`--no-${name}`)
    }
  }
  return result
}

function findBoolean(
  flags: Readonly<Record<string, FlagShape>>,
  long: string | undefined,
  short: string | undefined,
): string | undefined {
  return Object.entries(flags).find(
    ([name, flag]) =>
      flag.type === 'boolean' &&
      (long === undefined ? flag.char === short : name === long || flag.aliases?.includes(long) === true),
  )?.[0]
}
