import { VolError } from '../errors.ts'
import { quoted } from './quoted.ts'

/** What dockerd accepts (moby, volume/service/store.go and daemon/names: `RestrictedNameChars`). */
const pattern = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/
/** The longest name of a directory on the file systems that volumes live on. */
const longest = 255

/** Whether docker would accept the name for a volume. Such a name is safe as one component of a path, too. */
export function isVolumeName(name: string): boolean {
  return name.length <= longest && pattern.test(name) && !name.endsWith('\n')
}

/** Gives the name back, or fails with INVALID_NAME. Call it before a name from outside reaches docker or a path. */
export function checkVolumeName(name: string): string {
  if (isVolumeName(name)) return name
  throw new VolError('INVALID_NAME', `${quoted(name)} is not a volume name: ${whatIsWrong(name)}.`)
}

function whatIsWrong(name: string): string {
  if (name.length === 0) return 'it is empty'
  if (name.length === 1) return 'it has one character only'
  if (name.length > longest) return `it has more than ${longest} characters`
  if (!/^[a-zA-Z0-9]/.test(name)) return 'it does not begin with a letter or a digit'
  return 'it holds something else than letters, digits, "_", "." and "-"'
}
