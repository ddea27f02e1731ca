/** A Compose project as the rules see it: plain data, with places. */
import type { SourceFile } from '../../compose/source-file.ts'
import type { Mapping, Node } from '../../compose/node.ts'
import type { PathKind } from '../../compose/files.ts'
import type { Application } from '../knowledge/applications.ts'
import type { ServedDatabase } from '../knowledge/databases.ts'
import type { ImageReference } from './image-reference.ts'

export type Project = {
  readonly name: string
  readonly nameFrom: 'flag' | 'environment' | 'file' | 'folder'
  readonly directory: string
  readonly sources: readonly SourceFile[]
  /** Whether parts of it lie elsewhere and were not read: more may be declared, and used. */
  readonly incomplete: boolean
  /** Everything that the files say together. */
  readonly root: Mapping
  readonly services: readonly Service[]
  readonly volumes: readonly DeclaredVolume[]
}

export type Service = {
  readonly name: string
  /** Its name in the file. */
  readonly at: Node
  readonly node: Node
  readonly image: ImageReference | undefined
  /** Where the image is named, else the service. */
  readonly imageAt: Node
  readonly built: boolean
  /** Undefined values are not known. */
  readonly environment: ReadonlyMap<string, string | undefined>
  /** False when a file of variables could not be read, so that any could be set. */
  readonly environmentKnown: boolean
  readonly command: readonly string[]
  readonly mounts: readonly Mount[]
  /** True when there may be more mounts than these: `volumes_from`, or a mount that is nothing but a variable. */
  readonly mountsOpen: boolean
  readonly database: ServedDatabase | undefined
  readonly application: Application | undefined
  readonly stopGracePeriod: number | undefined
  readonly replicas: number
  readonly profiles: readonly string[]
  /** For tests or for work on the code, by its profiles, its name or the files that describe it. */
  readonly forDevelopment: boolean
}

export type MountType = 'volume' | 'bind' | 'tmpfs' | 'other'

export type Mount = {
  readonly type: MountType
  /** The key of a volume, or the absolute path of the host; undefined when anonymous or not known. */
  readonly source: string | undefined
  /** The source as it is written. */
  readonly sourceText: string | undefined
  /** False when variables leave it open what the source is. */
  readonly sourceKnown: boolean
  readonly target: string
  readonly readOnly: boolean
  readonly syntax: 'short' | 'long' | 'tmpfs'
  readonly at: Node
  /** Below the project's directory, or given relative to it. */
  readonly inProject: boolean
  /** What is at the source, for those in the project. */
  readonly sourceKind: PathKind | undefined
  readonly noCopy: boolean
  readonly subpath: Node | undefined
  readonly createHostPath: boolean
  readonly selinux: 'z' | 'Z' | undefined
  /** `volume`, `bind` and `tmpfs` of the long syntax. */
  readonly options: readonly string[]
  readonly tmpfsSize: boolean
}

export type DeclaredVolume = {
  readonly key: string
  readonly at: Node
  readonly node: Node
  /** Its `name:`; undefined when Compose makes one of the project's name and the key. */
  readonly name: string | undefined
  readonly nameAt: Node | undefined
  readonly external: boolean
  readonly driver: string
  readonly driverOptions: ReadonlyMap<string, Node>
}

/** Whether `path` is `directory` or lies below it. */
export function isWithin(path: string, directory: string): boolean {
  return path === directory || directory === '/' || path.startsWith(`${directory}/`)
}
