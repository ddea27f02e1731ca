/** Variables as Compose puts them in (compose-spec, interpolation). */

export type Variables = ReadonlyMap<string, string>

export type Interpolated = { readonly text: string; readonly unset: readonly string[] }

const nested = 8

/** Puts variables in. What is set nowhere and has no default is left empty, as Compose does, and named. */
export function interpolate(text: string, variables: Variables, depth = 0): Interpolated {
  if (!text.includes('$') || depth > nested) return { text, unset: [] }
  const unset: string[] = []
  let result = ''
  for (let at = 0; at < text.length;) {
    if (text[at] !== '$') {
      const next = text.indexOf('$', at)
      result += text.slice(at, next === -1 ? undefined : next)
      at = next === -1 ? text.length : next
      continue
    }
    if (text[at + 1] === '$') {
      result += '$'
      at += 2
      continue
    }
    const found = variableAt(text, at)
    if (found === undefined) {
      result += '$'
      at += 1
      continue
    }
    const value = valueOf(found, variables, depth)
    result += value.text
    unset.push(...value.unset)
    at = found.end
  }
  return { text: result, unset: [...new Set(unset)] }
}

/** A text with one variable in it: what stands before and after it, and what it is when it is not set. */
export type OneVariable = {
  readonly name: string
  readonly before: string
  readonly after: string
  readonly default: string | undefined
}

/** Takes a text apart at its only variable; undefined where it has none, several, or dollars of its own. */
export function oneVariable(text: string): OneVariable | undefined {
  const start = text.indexOf('$')
  const found = start === -1 ? undefined : variableAt(text, start)
  if (found === undefined || text.includes('$', found.end) || found.word.includes('$')) return undefined
  return {
    name: found.name,
    before: text.slice(0, start),
    after: text.slice(found.end),
    default: found.operator.endsWith('-') ? found.word : undefined,
  }
}

type Found = { readonly name: string; readonly operator: string; readonly word: string; readonly end: number }

function variableAt(text: string, at: number): Found | undefined {
  const plain = /\$([a-zA-Z_][a-zA-Z0-9_]*)/y
  plain.lastIndex = at
  const simple = plain.exec(text)
  if (simple !== null) return { name: simple[1] ?? '', operator: '', word: '', end: plain.lastIndex }
  const braced = /\$\{([a-zA-Z_][a-zA-Z0-9_]*)(:?[-?+])?/y
  braced.lastIndex = at
  const head = braced.exec(text)
  if (head === null) return undefined
  let depth = 1
  let end = braced.lastIndex
  while (end < text.length && depth > 0) {
    if (text[end] === '{' && text[end - 1] === '$') depth += 1
    if (text[end] === '}') depth -= 1
    end += 1
  }
  if (depth > 0) return undefined
  return {
    name: head[1] ?? '',
    operator: head[2] ?? '',
    word: text.slice(braced.lastIndex, end - 1),
    end,
  }
}

function valueOf({ name, operator, word }: Found, variables: Variables, depth: number): Interpolated {
  const value = variables.get(name)
  const isSet = value !== undefined && (value !== '' || !operator.startsWith(':'))
  if (operator.endsWith('+')) return isSet ? interpolate(word, variables, depth + 1) : { text: '', unset: [] }
  if (isSet) return { text: value, unset: [] }
  if (operator.endsWith('-')) return interpolate(word, variables, depth + 1)
  return { text: '', unset: [name] }
}

/** The `NAME=value` lines of an env file. */
export function parseEnvironmentFile(text: string): Map<string, string> {
  const values = new Map<string, string>()
  for (const line of text.replace(/^\ufeff/, '').split(/\r?\n/)) {
    const match = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.-]*)\s*[=:]\s*(.*)$/.exec(line)
    if (match === null || line.trimStart().startsWith('#')) continue
    const [, name = '', rest = ''] = match
    values.set(name, unquoted(rest.trim(), values))
  }
  return values
}

function unquoted(value: string, known: Variables): string {
  const single = /^'([^']*)'/.exec(value)
  if (single !== null) return single[1] ?? ''
  const double = /^"((?:[^"\\]|\\.)*)"/.exec(value)
  const raw =
    double === null ? value.replace(/\s+#.*$/, '') : (double[1] ?? '').replaceAll(/\\(["\\$])/g, '$1')
  return interpolate(raw, known).text
}
