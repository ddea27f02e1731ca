import { asMapping } from '../../compose/merge.ts'
import { normalTarget } from '../../compose/mount-text.ts'
import { entriesOf, itemsOf, textOf, valueAt } from '../../compose/node.ts'
import type { ComposeChange, Want } from './change.ts'
import { at, mountsVolume, plainOf, targetOf } from './meaning.ts'
import { keyOfVolume, type ReadProject } from './project.ts'

/** What has to be written, and what stands in the way of even saying that. */
export type Wanted = { readonly wants: readonly Want[]; readonly obstacles: readonly string[] }

/** What the files of a project do not say yet, of what they should say after the migration. */
export function wantsOf(project: string, read: ReadProject, change: ComposeChange): Wanted {
  const { root } = read
  const key = keyOfVolume(root, project, change.volume)
  if (key === undefined)
    return { wants: [], obstacles: [`None of the volumes in its files is called ${change.volume}.`] }
  const target = change.into === undefined ? key : keyForNew(read, project, change.into)
  if (target === undefined)
    return {
      wants: [],
      obstacles: [
        `The files declare another volume as "${change.into}": declare this one under another key.`,
      ],
    }
  const wants: Want[] = []
  const obstacles: string[] = []
  if (target !== key && keyOfVolume(root, project, change.into ?? '') === undefined)
    wants.push({ what: 'volume', key: target, name: change.into ?? '' })
  for (const service of change.services) {
    const node = valueAt(root, 'services', service)
    if (node === undefined) {
      obstacles.push(`The service ${service} is not in the files any more.`)
      continue
    }
    if (valueAt(node, 'build') !== undefined)
      obstacles.push(
        `The image of ${service} is built: let its Dockerfile begin with FROM ${change.image}, and build it anew.`,
      )
    else if (textOf(valueAt(node, 'image')) !== change.image)
      wants.push({ what: 'image', service, image: change.image })
    const mounts = itemsOf(valueAt(node, 'volumes'))
      .map((mount) => plainOf(mount))
      .filter((mount) => mountsVolume(mount, key) || mountsVolume(mount, target))
    const [mount, ...more] = mounts
    if (mount === undefined) obstacles.push(`${service} does not mount the volume any more.`)
    else if (more.length > 0) obstacles.push(`${service} mounts the volume more than once; ${meant(change)}.`)
    else if (!mountsVolume(mount, target) || targetOf(mount) !== normalTarget(change.mountTarget)) {
      const from = mountsVolume(mount, target) ? target : key
      wants.push({ what: 'mount', service, from, source: target, target: change.mountTarget })
    }
    if (needsDataDirectory(read, service, change))
      wants.push({ what: 'data-directory', service, path: change.dataDirectory })
  }
  return { wants, obstacles }
}

/** What a mount shall be, as a person writes it. */
export function meant({ mountTarget, into }: ComposeChange): string {
  return into === undefined ? `it belongs at ${mountTarget}` : `${into} belongs at ${mountTarget}`
}

/** Its own name as its key, unless that is taken; or the key that it has already. */
function keyForNew({ root }: ReadProject, project: string, name: string): string | undefined {
  const declared = keyOfVolume(root, project, name)
  if (declared !== undefined) return declared
  return entriesOf(valueAt(root, 'volumes')).some(({ key }) => key === name) ? undefined : name
}

function needsDataDirectory(read: ReadProject, service: string, change: ComposeChange): boolean {
  const written = pgdataOf(read, service)
  const now = written === undefined ? change.imageDataDirectory : written
  return normalTarget(now) !== normalTarget(change.dataDirectory)
}

/** PGDATA as the files say it: in the service itself, else in its files of variables. */
export function pgdataOf({ root, serviceEnvironments }: ReadProject, service: string): string | undefined {
  const environment = valueAt(root, 'services', service, 'environment')
  const own = at(environment === undefined ? null : plainOf(asMapping(environment) ?? environment), 'PGDATA')
  return typeof own === 'string' ? own : serviceEnvironments.get(service)?.get('PGDATA')
}
