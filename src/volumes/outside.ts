import type { Helper } from '../docker/docker.ts'
import { printableName } from '../tar/name.ts'
import { tarParser, type TarEntry } from '../tar/parse.ts'
import { faithful, refuseLeftOver, stagingName } from './archive-script.ts'
import { failUnless } from './script-result.ts'

/** What a volume holds outside of one of its directories. */
export type Outside = {
  /**
   * The directories, with all that an archive keeps of them: the volume's root, those on the way to the directory,
   * those beside it, and the directory itself.
   */
  readonly directories: readonly TarEntry[]
  /** Something that is no directory, escaped for printing. When there is any, there are no directories here. */
  readonly stranger?: string
}

const strangerFound = 9

/** `$1`: the tree; `$2`: the staging name; `$3`: the directory, without characters that find takes for a pattern. */
const script = `${refuseLeftOver}
cd "$1" || exit 1
stranger=
[ "$3" = . ] || stranger=$(find . -xdev -path "./$3" -prune -o ! -type d -print -quit) || exit 1
[ -z "$stranger" ] || { printf %s "$stranger"; exit ${strangerFound}; }
if [ "$3" = . ]; then printf '.\\0'
else find . -xdev -path "./$3" -print0 -prune -o -type d -print0; fi |
  tar --create --file=- --format=posix --pax-option=delete=atime,delete=ctime ${faithful} \\
    --no-recursion --null --verbatim-files-from --files-from=-`

/** Looks at what lies outside of a directory of a volume (`.`: nothing but the root does). */
export async function lookOutside(helper: Helper, mount: string, directory: string): Promise<Outside> {
  const result = await helper.run({ text: script, arguments: [helper.path(mount), stagingName, directory] })
  if (result.exitCode === strangerFound)
    return { directories: [], stranger: printableName(result.stdout.replace(/^\.\//, '')) }
  failUnless(result, 'look at the directories')
  const directories: TarEntry[] = []
  const parser = tarParser({ entry: (entry) => void directories.push(entry) })
  parser.push(Buffer.from(result.stdout, 'latin1'))
  parser.finish()
  return { directories }
}

/** Whether a path is plain enough to be handed to find, and to a database, as it is. */
export function isPlainPath(path: string): boolean {
  return /^[\w.+@:-]+(?:\/[\w.+@:-]+)*$/.test(path) && !path.split('/').includes('..')
}
