import type { LayerChange } from '../../docker/inspection.ts'
import { holdsNothingToKeep } from '../knowledge/disposable.ts'
import { isWithin } from '../model/project.ts'
import type { LiveContainer } from './live.ts'

/**
 * Files that a container added to or changed in its own layer: no directories that lead to others, and none that the
 * engine made to mount something at.
 */
export function writtenFiles({
  layer,
  allMounts,
}: Pick<LiveContainer, 'layer' | 'allMounts'>): readonly string[] {
  if (layer === undefined) return []
  const paths = layer.changes.filter(({ kind }) => kind !== 'deleted').map(({ path }) => path)
  const parents = new Set(paths.map(parentOf))
  return paths.filter(
    (path) => !parents.has(path) && !allMounts.some(({ destination }) => isWithin(destination, path)),
  )
}

/** Those of them that are no logs, caches, temporary files or settings that every start writes. */
export function worthKeeping(paths: readonly string[]): readonly string[] {
  return paths.filter((path) => !ofTheSystem.test(path) && !holdsNothingToKeep(path))
}

const ofTheSystem =
  /^\/(tmp|run|proc|sys|dev|etc|boot|lost\+found)(\/|$)|^\/var\/(run|tmp|log|cache|lock|lib\/(apt|dpkg|apk|systemd|pam|ucf|misc|nginx|logrotate))(\/|$)|^\/usr\/(bin|sbin|lib|lib64|share)(\/|$)|^\/(bin|sbin|lib|lib64)(\/|$)|\/\.(bash_history|ash_history|psql_history|wget-hsts|viminfo|lesshst|python_history|node_repl_history|cache|npm|config|local)(\/|$)|\.(pid|lock|sock|log|pyc|tmp|swp)$/

/** Names of files that databases have. */
export function looksLikeDatabase(path: string): boolean {
  return /\.(sqlite3?|db|mdb|rdb|aof|ibd)$|\/(ibdata1|PG_VERSION|WiredTiger\.wt|mongod\.lock)$/.test(path)
}

/** Directories that hold most of the files, with how many there are: `/var/lib/app (12 files)`. */
export function groupedByDirectory(paths: readonly string[], most = 3): string {
  const groups = Map.groupBy(paths, (path) => parentOf(path).split('/').slice(0, 4).join('/') || '/')
  const sorted = [...groups].toSorted((one, other) => other[1].length - one[1].length)
  const shown = sorted
    .slice(0, most)
    .map(([directory, files]) =>
      files.length === 1 ? (files[0] ?? directory) : `${directory} (${files.length} files)`,
    )
  const rest = sorted.length - shown.length
  return [...shown, ...(rest > 0 ? [`${rest} more directories`] : [])].join(', ')
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0))
}

/** Changes with their kinds, for examples. */
export function added(...paths: readonly string[]): readonly LayerChange[] {
  return paths.map((path) => ({ kind: 'added', path }))
}
