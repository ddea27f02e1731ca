import type { Helper } from '../docker/docker.ts'
import { printableName } from '../tar/name.ts'
import { tarParser, type TarEntry } from '../tar/parse.ts'
import { faithful, refuseLeftOver, stagingName } from './archive-script.ts'
import { failUnless } from './script-result.ts'

/** What of a volume comes from elsewhere, as relative paths without characters that find takes for a pattern. */
export type Covered = {
  /** A directory with all that is in it; `.` is all of the volume but the root itself. */
  readonly directory?: string
  /** Single files; a name may hold `*`, which stands for no more than a part of it. */
  readonly files?: readonly string[]
}

/** What a volume holds besides. */
export type Outside = {
  /** The directories with all that an archive keeps of them, the volume's root and a covered one among them. */
  readonly directories: readonly TarEntry[]
  /** Something that is no directory, escaped for printing. When there is any, there are no directories here. */
  readonly stranger?: string
}

const strangerFound = 9

/*
 * `$1`: the tree; `$2`: the staging name; `$3`: the covered directory or nothing; then each covered file, and a pattern of
 * what lies deeper: the star of find goes over slashes, too.
 */
const script = `${refuseLeftOver}
cd "$1" || exit 1
directory=$3
shift 3
if [ "$directory" != . ]; then
  left=$#
  while [ "$left" -gt 0 ]; do
    set -- "$@" '(' ! -path "$1" -o -path "$2" ')'
    shift 2
    left=$((left - 2))
  done
  stranger=$(find . -xdev -path "./$directory" -prune -o ! -type d "$@" -print -quit) || exit 1
  [ -z "$stranger" ] || { printf %s "$stranger"; exit ${strangerFound}; }
fi
if [ "$directory" = . ]; then printf '.\\0'
else find . -xdev -path "./$directory" -print0 -prune -o -type d -print0; fi |
  tar --create --file=- --format=posix --pax-option=delete=atime,delete=ctime ${faithful} \\
    --no-recursion --null --verbatim-files-from --files-from=-`

/** Looks at what a volume holds besides what comes from elsewhere. */
export async function lookOutside(helper: Helper, mount: string, covered: Covered): Promise<Outside> {
  const { directory = '', files = [] } = covered
  const result = await helper.run({
    text: script,
    arguments: [helper.path(mount), stagingName, directory, ...files.flatMap(patternsOf)],
  })
  if (result.exitCode === strangerFound)
    return { directories: [], stranger: printableName(result.stdout.replace(/^\.\//, '')) }
  failUnless(result, 'look at the directories')
  const directories: TarEntry[] = []
  const parser = tarParser({ entry: (entry) => void directories.push(entry) })
  parser.push(Buffer.from(result.stdout, 'latin1'))
  parser.finish()
  return { directories }
}

/** What find takes for a file, and for everything that lies deeper than it. */
function patternsOf(file: string): readonly string[] {
  return [`./${file}`, `*${'/*'.repeat(file.split('/').length + 1)}`]
}

/** Whether a path is plain enough to be handed to find, and to a database, as it is. */
export function isPlainPath(path: string): boolean {
  return /^[\w.+@:-]+(?:\/[\w.+@:-]+)*$/.test(path) && !path.split('/').includes('..')
}
