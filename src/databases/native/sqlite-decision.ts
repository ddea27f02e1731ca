import type { Container } from '../../facts.ts'
import { printableText } from '../../tar/name.ts'
import type { Covered } from '../../volumes/outside.ts'
import { impossible, type Possible } from './possible.ts'

/** How a SQLite database is copied by its own backup while programs have it open. */
export type SqlitePlan = {
  readonly database: 'sqlite'
  readonly container: Container
  /** Where in the volume its directory lies; `.` is the root. */
  readonly path: string
  /** The name of the file there. */
  readonly file: string
  /** The file in the container. */
  readonly inside: string
  /** The directory in the container where the copy lies for as long as it is read. */
  readonly place: string
  readonly bytes: number
}

/** Larger files do not fit into the headers of every tar. */
const mostBytes = 8 * 1024 ** 3

/** What of a volume the copy stands for: the file, and what SQLite keeps beside it while it is open. */
export function coveredBySqlite({ path, file }: Pick<SqlitePlan, 'path' | 'file'>): Covered {
  const whole = path === '.' ? file : `${path}/${file}`
  return { files: [whole, `${whole}-wal`, `${whole}-shm`] }
}

/** Decides from what a container answered whether the database in `file` of the directory `path` can be copied there. */
export function decideSqlite(
  container: Container,
  { path, file, destination }: Pick<SqlitePlan, 'path' | 'file'> & { readonly destination: string },
  answers: ReadonlyMap<string, string>,
): Possible<SqlitePlan> {
  const named = `container "${container.name}"`
  const problem = answers.get('problem')
  if (problem !== undefined) return impossible(`${named} ${printableText(problem)}`)
  const bytes = Number.parseInt(answers.get('bytes') ?? '', 10)
  if (!(bytes > 0)) return impossible(`${named} does not say how large the database is`)
  if (bytes >= mostBytes) return impossible('the database is larger than 8 GiB')
  const place = answers.get('place')
  if (place === undefined)
    return impossible(`${named} has no room on its disk for a copy of the database (/var/tmp, /tmp)`)
  const folder = path === '.' ? destination : `${destination}/${path}`
  return {
    possible: true,
    plan: { database: 'sqlite', container, path, file, inside: `${folder}/${file}`, place, bytes },
    why: `SQLite copies its database at one instant while it is in use (sqlite3 in ${named})`,
  }
}
