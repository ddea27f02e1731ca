import type { Helper } from '../../docker/docker.ts'
import type { InspectedContainer } from '../../docker/inspection.ts'
import { lookThroughAll } from '../../databases/look-into.ts'
import { recogniseDatabases } from '../../databases/recognise.ts'
import type { Volume } from '../../facts.ts'
import type { World } from '../../plan/world.ts'
import { stagingName } from '../../volumes/archive-script.ts'
import { isAnonymous } from './describe.ts'
import { startAuditHelper } from './audit-helper.ts'
import { removeAccidents } from './accidents.ts'
import type { VolumeContents } from './seen.ts'

/** How many volumes one helper has mounted. */
const volumesPerHelper = 40

/** Names that are told of a volume's root. */
const mostNames = 200

// Owner and mode, bytes on the disk if they can be counted soon, then the names: each ends with a zero byte, the last
// is empty. A directory as large as a mail store must not hold everything up.
const script = `
while [ "$#" -gt 0 ]; do
  folder=$1; measured=$2; shift 2
  printf '%s\\0' "$(stat -c '%u %g %a' "$folder")"
  printf '%s\\0' "$([ "$measured" = no ] || timeout 1 du -s -B1 "$folder" 2>/dev/null | cut -f1)"
  find "$folder" -mindepth 1 -maxdepth 1 ! -name '${stagingName}' ! -name lost+found -printf '%f\\0' 2>/dev/null | head -z -n ${mostNames}
  printf '\\0'
done`

// For each folder and path in it: is there something? Links of the volume are not followed out of it.
const hiddenScript = `
while [ "$#" -gt 0 ]; do
  real=$(realpath -e "$1/$2" 2>/dev/null) || real=
  case $real in
    "$1"/*) find "$real" -mindepth 1 -print -quit 2>/dev/null | head -c 1 | grep -q . && echo yes || echo no ;;
    *) echo no ;;
  esac
  shift 2
done`

/** What volumes hold, by name. Those that no helper can be had for, or that it fails on, are left out with a note. */
export async function lookIntoVolumes(
  world: World,
  volumes: readonly Volume[],
  containers: readonly InspectedContainer[],
  notes: string[],
): Promise<ReadonlyMap<string, VolumeContents>> {
  const found = new Map<string, VolumeContents>()
  for (let first = 0; first < volumes.length; first += volumesPerHelper) {
    const batch = volumes.slice(first, first + volumesPerHelper)
    try {
      for (const [name, contents] of await lookIntoBatch(world, batch, containers)) found.set(name, contents)
    } catch (error) {
      world.signal.throwIfAborted()
      notes.push(`What ${batch.length} volumes hold could not be seen: ${reasonOf(error)}`)
    }
  }
  return found
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

async function lookIntoBatch(
  world: World,
  volumes: readonly Volume[],
  containers: readonly InspectedContainer[],
): Promise<readonly (readonly [string, VolumeContents])[]> {
  const consumersOf = (name: string) =>
    containers.filter(({ mounts }) => mounts.some(({ volume }) => volume === name))
  const images = [...new Set(volumes.flatMap(({ name }) => consumersOf(name).map(({ imageId }) => imageId)))]
  const paths = volumes.map((_, index) => `volume${index}`)
  const mounts = volumes.map(({ name }, index) => ({
    volume: name,
    path: `volume${index}`,
    readOnly: true,
  }))
  // To count takes time, and only those that nobody named or uses are spoken of by their size.
  const measured = volumes.map(({ name }, index) => ({
    path: `volume${index}`,
    measured: isAnonymous(name) || consumersOf(name).length === 0,
  }))
  const { helper, operation } = await startAuditHelper(world, { mounts, candidates: images })
  try {
    const [roots, looks, hidden] = await Promise.all([
      rootsOf(helper, measured),
      lookThroughAll(helper, paths),
      hiddenIn(
        helper,
        volumes.map(({ name }) => mountedWithin(name, consumersOf(name))),
      ),
    ])
    return volumes.flatMap(({ name }, index) => {
      const root = roots[index]
      const databases = recogniseDatabases(looks[index], name, consumersOf(name))
      return root === undefined ? [] : [[name, { ...root, databases, hidden: hidden[index] ?? [] }] as const]
    })
  } finally {
    await helper.close()
    await removeAccidents(world, operation)
  }
}

type Root = Omit<VolumeContents, 'databases' | 'hidden'>

async function rootsOf(
  helper: Helper,
  volumes: readonly { readonly path: string; readonly measured: boolean }[],
): Promise<readonly Root[]> {
  const words = volumes.flatMap(({ path, measured }) => [helper.path(path), measured ? 'yes' : 'no'])
  const { stdout } = await helper.run({ text: script, arguments: words })
  const tokens = stdout.split('\0').values()
  return volumes.map(() => readRoot(tokens))
}

/** Paths in a volume at which containers have something else mounted. */
function mountedWithin(volume: string, containers: readonly InspectedContainer[]): readonly string[] {
  const found = containers.flatMap(({ allMounts }) =>
    allMounts
      .filter(({ type, source, subpath }) => type === 'volume' && source === volume && subpath === '')
      .flatMap((outer) =>
        allMounts
          .filter(({ destination }) => destination.startsWith(`${outer.destination}/`))
          .map(({ destination }) => destination.slice(outer.destination.length + 1)),
      ),
  )
  return [...new Set(found)]
}

/** Those of the paths, for volume after volume, where there is something. */
async function hiddenIn(
  helper: Helper,
  paths: readonly (readonly string[])[],
): Promise<readonly (readonly string[])[]> {
  const words = paths.flatMap((list, index) => list.flatMap((each) => [helper.path(`volume${index}`), each]))
  if (words.length === 0) return []
  const { stdout } = await helper.run({ text: hiddenScript, arguments: words })
  const answers = stdout.split('\n').values()
  return paths.map((list) => list.filter(() => answers.next().value === 'yes'))
}

/** Takes what is said of one volume off the answer. */
function readRoot(tokens: Iterator<string>): Root {
  const next = () => tokens.next().value ?? ''
  const [uid, gid, mode] = next().split(' ')
  const bytes = next()
  const names: string[] = []
  for (let name = next(); name !== ''; name = next()) names.push(Buffer.from(name, 'latin1').toString())
  return {
    empty: names.length === 0,
    root: { uid: Number(uid), gid: Number(gid), mode: Number.parseInt(mode ?? '', 8) },
    bytes: /^\d+$/.test(bytes) ? Number(bytes) : undefined,
    names,
  }
}
