import { refuse } from './refuse.ts'

/**
 * Less than Linux's PATH_MAX, because GNU tar sets attributes and ACLs through `/proc/self/fd/N/PATH`: beyond that it
 * only warns and leaves them out.
 */
const longestPath = 4064
const longestComponent = 255

/**
 * The components of a foreign archive's name; none for the archive's root. `./x` is `x` and one slash may end a
 * directory's name. Refuses absolute names, `..`, and whatever two programs could take for different places:
 * refused, not stripped, because a stripped name is not the one that was archived.
 */
export function componentsOf(path: string, said: string, entry: string, offset: number): readonly string[] {
  if (path.startsWith('/')) {
    refuse(entry, offset, `${said} is absolute`)
  }
  if (path === '.' || path === './') {
    return []
  }
  const plain = path.slice(path.startsWith('./') ? 2 : 0, path.endsWith('/') ? -1 : undefined)
  if (plain.length > longestPath) {
    refuse(entry, offset, `${said} is longer than ${longestPath} bytes`)
  }
  const components = plain.split('/')
  for (const component of components) {
    if (component === '' || component === '.' || component === '..' || component.includes('\0')) {
      refuse(entry, offset, `${said} ${faultOf(component)}`)
    }
    if (component.length > longestComponent) {
      refuse(entry, offset, `${said} has a component longer than ${longestComponent} bytes`)
    }
  }
  return components
}

function faultOf(component: string): string {
  if (component === '') {
    return 'has an empty component'
  }
  return component.includes('\0') ? 'has a NUL' : `has a "${component}" component`
}
