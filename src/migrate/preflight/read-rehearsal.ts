import type { MigrationFinding } from '../finding.ts'

/** Errors that are told one by one; what follows is mostly their consequence. */
const mostErrors = 20

/** Ids for errors that say what is wrong, and are known by that elsewhere. */
const known: readonly { readonly id: string; readonly pattern: RegExp }[] = [
  {
    id: 'missing-extension',
    pattern: /^extension "[^"]+" is not available|could not open extension control file/,
  },
  {
    id: 'missing-library',
    pattern: /^could not (?:access|load) (?:file|library)|could not find function .* in file/,
  },
  {
    id: 'missing-locale',
    pattern: /^invalid (?:LC_COLLATE|LC_CTYPE) locale name|^invalid locale name|could not create locale/,
  },
  { id: 'removed-role-setting', pattern: /^unrecognized configuration parameter/ },
  {
    id: 'interval-as-text',
    pattern:
      /^functions in index expression must be marked IMMUTABLE|^generation expression is not immutable/,
  },
]

/**
 * What psql said while it restored a dump of definitions, as findings. `marks` are the lines of the dump, numbered, at
 * which objects begin and databases change. One error belongs to every dump: the install user is there already.
 */
export function readRehearsal(said: string, marks: string, installUser: string): readonly MigrationFinding[] {
  const places = readMarks(marks)
  const errors = firstOfEach(
    readErrors(said)
      .filter(({ message }) => message !== `role "${installUser}" already exists`)
      .map((error) => ({ ...error, ...whereIs(places, error.line) })),
  )
  const findings = errors
    .slice(0, mostErrors)
    .map(({ message, details, database, object }): MigrationFinding => {
      const about = object === undefined ? '' : `${object}: `
      return {
        id: known.find(({ pattern }) => pattern.test(message))?.id ?? 'definition-refused',
        severity: 'blocker',
        ...(database === undefined ? {} : { database }),
        message: `The target refuses ${about}${[message, ...details].join(' ')}`,
      }
    })
  const more = errors.length - findings.length
  return more > 0
    ? [
        ...findings,
        {
          id: 'definition-refused',
          severity: 'blocker',
          message: `The target refuses ${more} more definitions, perhaps because of those.`,
        },
      ]
    : findings
}

type PsqlError = { readonly line: number; readonly message: string; readonly details: readonly string[] }

/** `psql:FILE:LINE: ERROR:  MESSAGE`, and below it lines that explain it. */
function readErrors(said: string): readonly PsqlError[] {
  const errors: { line: number; message: string; details: string[] }[] = []
  let inError = false
  for (const text of said.split('\n')) {
    const [, line, severity, message] = /^psql:[^:]*:(\d+): (?:([A-Z]+):  |error: )(.*)$/.exec(text) ?? []
    if (line !== undefined) {
      inError = severity === undefined || /^(?:ERROR|FATAL|PANIC)$/.test(severity)
      if (inError) errors.push({ line: Number(line), message: message ?? '', details: [] })
    } else if (inError && /^(?:DETAIL|HINT): /.test(text))
      errors.at(-1)?.details.push(text.replace(/^[A-Z]+: +/, ''))
  }
  return errors
}

/** Where in the dump an error is. */
type Place = { readonly database: string | undefined; readonly object: string | undefined }

type Mark = Place & { readonly line: number }

/** What is refused after an object was is about the same object: its owner, rights and comments. */
function firstOfEach<Error extends Place>(errors: readonly Error[]): readonly Error[] {
  const seen = new Set<string>()
  return errors.filter(({ database, object }) => {
    if (object === undefined) return true
    const key = JSON.stringify([database, object])
    const isFirst = !seen.has(key)
    seen.add(key)
    return isFirst
  })
}

/** Before a database is there, what makes it belongs to it, too. */
function readMarks(marks: string): readonly Mark[] {
  const read: Mark[] = []
  for (const text of marks.split('\n')) {
    const [, number, line = ''] = /^(\d+):(.*)$/.exec(text) ?? []
    if (number === undefined) continue
    const [, connected] = /^\\connect (.*)$/.exec(line) ?? []
    const [, announced] = /^-- Database "(.*)" dump$/.exec(line) ?? []
    const last = read.at(-1)
    const database = connected === undefined ? (announced ?? last?.database) : databaseIn(connected)
    // What cannot be entered is the database itself.
    const object =
      connected === undefined ? (announced === undefined ? objectIn(line) : undefined) : last?.object
    read.push({ line: Number(number), database, object })
  }
  return read
}

/** `"shop"`, `shop`, or as a connection string where the name is unusual: `-reuse-previous=on "dbname='a b'"`. */
function databaseIn(text: string): string {
  const [, unusual] = /dbname='((?:[^'\\]|\\.)*)'/.exec(text) ?? []
  if (unusual !== undefined) return unusual.replace(/\\(.)/g, '$1').replaceAll('""', '"')
  const [, quoted] = /^"(.*)"$/.exec(text) ?? []
  return quoted?.replaceAll('""', '"') ?? text
}

/** `-- Name: orders_view; Type: VIEW; Schema: public; Owner: app`, as people say it. */
function objectIn(line: string): string | undefined {
  const [, name = '', type = '', schema = ''] =
    /^-- Name: (.*); Type: ([^;]*); Schema: ([^;]*);/.exec(line) ?? []
  if (name === '') return undefined
  return `${type.toLowerCase()} ${schema === '-' ? '' : `${schema}.`}${name}`
}

function whereIs(marks: readonly Mark[], line: number): Place {
  const { database, object } = marks.findLast((mark) => mark.line <= line) ?? {}
  return { database, object }
}
