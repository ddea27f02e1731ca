import { VolError } from '../errors.ts'
import { printableName } from './name.ts'

const longestShown = 200

/** Fails with ARCHIVE_REFUSED: which entry (escaped), where in the archive (bytes), and what is wrong with it. */
export function refuse(path: string | undefined, offset: number | undefined, what: string): never {
  const name = path === undefined ? 'The archive' : `Archive entry "${shown(path)}"`
  const place = offset === undefined ? '' : ` at byte ${offset}`
  throw new VolError('ARCHIVE_REFUSED', `${name}${place}: ${what}.`)
}

/** A name cut to a length that fits a message, escaped. */
export function shown(path: string): string {
  return path.length > longestShown ? `${printableName(path.slice(0, longestShown))}…` : printableName(path)
}
