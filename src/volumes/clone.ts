import { VolError } from '../errors.ts'
import type { CloneStep } from '../plan/step.ts'
import type { ProgressTaskPort, World } from '../plan/world.ts'
import { printableName } from '../tar/name.ts'
import { refuseLeftOver, stagingName } from './archive-script.ts'
import { fillVolume, type FillRequest } from './fill.ts'
import { compareThrough, walkThrough } from './read-walk.ts'
import { switchScript } from './restore-scripts.ts'
import { failUnless, succeed } from './script-result.ts'
import { failuresIn } from './vanished.ts'
import type { Difference, Walk, WalkEntry } from './walk.ts'
import { walkFunction } from './walk-script.ts'
import { whileItGrows } from './watch-growth.ts'

// Sockets cannot be copied to any use; cp would make new ones that nobody listens to. Taking one out moves the time of
// its directory, which is set again.
const copyScript = `
cp --archive --no-target-directory --reflink=auto --sparse=auto "$1" "$2/$3/new"
code=$?
cd "$2/$3/new" && find . -type s -exec sh -c '
  for socket; do rm "$socket" && touch -r "$0/\${socket%/*}" "\${socket%/*}" || exit 1; done
' "$1" {} + || code=1
exit "$code"
`
const sourceWalkScript = `${walkFunction}${refuseLeftOver}
walk "$1" ""
`

/** Copies a volume into another inside the engine. Returns what to warn of. */
export async function cloneVolume(world: World, step: CloneStep): Promise<readonly string[]> {
  const { observed, to } = step
  const { name } = observed.volume
  const task = world.progress.start(`Clone ${name} to ${to}`)
  const warnings: string[] = []
  try {
    await fillVolume(world, {
      kind: 'clone',
      volume: to,
      make: step.make,
      replace: false,
      images: observed.consumers.map(({ imageId }) => imageId),
      ...contentsOf(name, { task, warnings, mayChange: step.method === 'live' }),
    })
    task.finish()
    return warnings
  } catch (error) {
    task.fail()
    throw error
  }
}

type CopyRequest = {
  readonly task: ProgressTaskPort
  /** Gets what to warn of. */
  readonly warnings: string[]
  /** Whether files that change meanwhile are only a warning. */
  readonly mayChange: boolean
}

/** How a volume is filled with all that another holds, compared file by file. */
export function contentsOf(
  source: string,
  { task, warnings, mayChange }: CopyRequest,
): Pick<FillRequest, 'reads' | 'accept' | 'fill' | 'check' | 'put'> {
  let walk: Walk | undefined
  let changed: readonly Difference[] = []
  return {
    reads: source,
    accept: () => undefined,
    async fill(helper) {
      const look = { text: sourceWalkScript, arguments: [helper.path('source'), stagingName] }
      walk = await walkThrough(helper, look)
      task.update({ text: 'copying' })
      const args = [helper.path('source'), helper.path('volume'), stagingName]
      const copied = { from: helper.path('source'), to: `${helper.path('volume')}/${stagingName}/new` }
      const result = await whileItGrows(helper, copied, task, () =>
        helper.run({ text: copyScript, arguments: args }),
      )
      changed = await compareThrough(helper, look, walk)
      // What vanished or changed under the copy is told below, by name.
      if (changed.length === 0 || failuresIn(result.stderr).length > 0) failUnless(result, 'copy the files')
    },
    check(copy) {
      if (walk === undefined) throw new Error('the source was not looked at')
      const different = new Set(compareTrees(walk, copy, warnings))
      for (const { path, what } of changed) different.add(`${shown(path)} ${what}`)
      const [first] = different
      if (first !== undefined && !mayChange)
        throw new VolError('NOT_CONSISTENT', `The volume "${source}" changed while it was copied: ${first}.`)
      warnings.push(...different)
      return Promise.resolve()
    },
    put: (helper, note) =>
      succeed(helper, switchScript, [helper.path('volume'), stagingName, '', note], 'put the files in place'),
  }
}

/** Says, file by file, how a copy differs from its source; sockets, which no copy has, go to the warnings. */
export function compareTrees(source: Walk, copy: Walk, warnings: string[]): readonly string[] {
  const different: string[] = []
  let found = 0
  for (let index = 0; index < source.length; index++) {
    const entry = source.entry(index)
    const name = shown(entry.path)
    if (entry.type === 's') {
      warnings.push(`${name}: A socket cannot be copied; the program that owns it makes it anew.`)
      continue
    }
    const at = copy.find(entry.path)
    if (at === undefined) different.push(`${name} is not in the copy`)
    else {
      found += 1
      if (!alike(entry, copy.entry(at))) different.push(`${name} changed`)
    }
  }
  if (found < copy.length) different.push(`${copy.length - found} files appeared`)
  return different
}

/** The root of a volume is shown as `.`. */
function shown(path: string): string {
  return path === '' ? '"."' : `"${printableName(path)}"`
}

function alike(source: WalkEntry, copy: WalkEntry): boolean {
  return (
    source.type === copy.type &&
    source.uid === copy.uid &&
    source.gid === copy.gid &&
    source.modified === copy.modified &&
    source.target === copy.target &&
    (source.type === 'l' || source.mode === copy.mode) &&
    (source.type !== 'f' || (source.size === copy.size && source.links === copy.links))
  )
}
