import { textOf, valueAt, type Node } from './node.ts'

/** The parts of `SOURCE:TARGET:OPTIONS`. */
export type MountText = {
  readonly source: string | undefined
  readonly target: string
  readonly options: readonly string[]
}

/** Takes the short syntax of a mount apart; a drive letter is no separator. */
export function parseMountText(text: string): MountText {
  const parts = text.split(':')
  const joined: string[] = []
  for (const part of parts) {
    const last = joined.at(-1)
    if (last !== undefined && /^[A-Za-z]$/.test(last) && /^[\\/]/.test(part) && joined.length === 1)
      joined[joined.length - 1] = `${last}:${part}`
    else joined.push(part)
  }
  const [first = '', second, ...rest] = joined
  if (second === undefined) return { source: undefined, target: first, options: [] }
  return {
    source: first,
    target: second,
    options: rest
      .join(':')
      .split(',')
      .filter((word) => word !== ''),
  }
}

/** Whether the source of the short syntax is a path of the host. */
export function isHostPath(source: string): boolean {
  return /^(\.|\/|~|\\\\|[A-Za-z]:[\\/])/.test(source)
}

/** Where in the container a mount is, whichever way it is written. */
export function mountTarget(mount: Node): string | undefined {
  if (mount.kind === 'map') return normalTarget(textOf(valueAt(mount, 'target')))
  const text = textOf(mount)
  return text === undefined ? undefined : normalTarget(parseMountText(text).target)
}

/** `/data/` and `/data` are one place. */
export function normalTarget(target: string | undefined): string | undefined {
  if (target === undefined) return undefined
  return target.replaceAll(/\/{2,}/g, '/').replace(/(.)\/$/, '$1')
}
