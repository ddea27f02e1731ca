import { checkExit, type DatabaseCheck } from '../databases/checks/check.ts'
import { databaseChecks } from '../databases/checks/index.ts'
import { lookThrough } from '../databases/look-into.ts'
import { recogniseDatabases } from '../databases/recognise.ts'
import { helperLabel } from '../docker/observe.ts'
import { VolError } from '../errors.ts'
import type { DatabaseFacts } from '../facts.ts'
import type { JournalEntry } from '../plan/journal.ts'
import type { RestoreStep } from '../plan/step.ts'
import type { World } from '../plan/world.ts'
import { scratchLabel, withScratch } from '../volumes/scratch.ts'
import { withHelper } from '../volumes/session.ts'
import { bootImages, type BootImage } from './boot-images.ts'
import type { StoredSnapshot } from './format.ts'
import { formatReference } from './reference.ts'
import { restoreVolume } from './restore-volume.ts'

/** What came of booting a snapshot. */
export type BootVerdict =
  /** `about` says what was checked. */
  | { readonly did: 'good'; readonly about: string }
  /** `about` is a line; `said` is what the database said. */
  | { readonly did: 'damaged'; readonly about: string; readonly said: string }
  | { readonly did: 'nothing'; readonly about: string }

/**
 * Restores a snapshot into a volume of its own, and has each database in it start there and check itself: with the
 * image that the snapshot recorded, without a network, without rights. Nothing of this stays. Fails with
 * SNAPSHOT_DAMAGED when the snapshot itself cannot be restored, with IMAGE_NOT_FOUND when no image is here that can.
 */
export async function bootSnapshot(
  world: World,
  snapshot: StoredSnapshot,
  asked: string | undefined,
): Promise<BootVerdict> {
  // When it was taken the volume was looked into.
  if (snapshot.config.databases?.length === 0) return nothingToBoot([])
  const images = await bootImages(world, snapshot, asked)
  return await withScratch(world, async (scratch) => {
    const { volume, operation } = scratch
    const step: RestoreStep = {
      do: 'restore',
      snapshot,
      volume,
      make: { name: volume, driver: 'local', options: {}, labels: { [scratchLabel]: operation } },
      replace: false,
      images: images.map(({ id }) => id),
      why: 'to boot it',
    }
    await restoreVolume(world, step, `Copy ${formatReference(snapshot)} to boot it`)
    const found = await databasesIn(world, volume, images)
    const checked = found.filter(({ kind }) => databaseChecks[kind] !== undefined)
    if (checked.length === 0) return nothingToBoot(found)
    const task = world.progress.start(`Boot ${formatReference(snapshot)}`)
    try {
      const verdicts: BootVerdict[] = []
      for (const database of checked) {
        task.update({ text: titleOf(database) })
        verdicts.push(await checkDatabase(world, scratch, database, images))
      }
      task.finish()
      return summed(verdicts)
    } catch (error) {
      task.fail()
      throw error
    }
  })
}

type Placed = DatabaseFacts & { readonly owner: string }

/** The databases in a volume, each with the owner of its files as `uid:gid`. */
async function databasesIn(
  world: World,
  volume: string,
  images: readonly BootImage[],
): Promise<readonly Placed[]> {
  const session = { reads: volume, images: images.map(({ id }) => id) }
  return await withHelper(world, session, async (helper) => {
    const databases = recogniseDatabases(await lookThrough(helper, 'volume'), volume, [])
    if (databases.length === 0) return []
    const { stdout } = await helper.run({
      text: 'cd "$1"; shift; for path; do stat -c %u:%g -- "$path" || echo none; done',
      arguments: [helper.path('volume'), ...databases.map(({ path }) => path)],
    })
    const owners = stdout.split('\n')
    // A name that was escaped for printing is not that of a file.
    return databases.flatMap((database, index) =>
      /^\d+:\d+$/.test(owners[index] ?? '') ? [{ ...database, owner: owners[index] ?? '' }] : [],
    )
  })
}

/** With the first image that has the programs for it. */
async function checkDatabase(
  world: World,
  scratch: JournalEntry,
  database: Placed,
  images: readonly BootImage[],
): Promise<BootVerdict> {
  const check = databaseChecks[database.kind]
  const missing: string[] = []
  for (const image of check === undefined ? [] : images) {
    const verdict = await checkWith(world, scratch, database, image, check)
    if (typeof verdict === 'object') return verdict
    missing.push(`${image.name}: ${verdict}`)
  }
  throw new VolError('IMAGE_NOT_FOUND', `No image is here that can boot ${titleOf(database)}.`, {
    output: missing.join('\n'),
  })
}

/** A text instead of a verdict says what the image lacks. */
async function checkWith(
  world: World,
  { volume, operation }: JournalEntry,
  database: Placed,
  { id, name, mountPath }: BootImage,
  check: DatabaseCheck | undefined,
): Promise<BootVerdict | string> {
  const helper = await world.docker.startHelper({
    image: id,
    name: `docker-vol-boot-${operation}`,
    labels: { [helperLabel]: operation },
    mounts: [{ volume, path: mountPath, readOnly: false }],
    runsAs: database.owner,
  })
  try {
    const place =
      database.path === '.' ? helper.path(mountPath) : `${helper.path(mountPath)}/${database.path}`
    const { exitCode, stdout, stderr } = await helper.run({ text: check?.script ?? '', arguments: [place] })
    const [heading = '', ...said] = stderr.trim().split('\n')
    switch (exitCode) {
      case checkExit.good:
        return { did: 'good', about: `${titleOf(database)}: ${stdout.trim().split('\n').join(', ')}` }
      case checkExit.damaged:
        return {
          did: 'damaged',
          about: `${titleOf(database)}: ${firstLine(heading, said)}`,
          said: said.join('\n'),
        }
      case checkExit.noTools:
        return heading
      case checkExit.noSpace:
        throw new VolError('NO_SPACE', `The engine has no space left to boot ${titleOf(database)}.`)
      default:
        throw new VolError(
          'FAILED',
          `The check of ${titleOf(database)} with ${name} ended with ${exitCode}.`,
          {
            output: stderr,
          },
        )
    }
  } finally {
    await helper.close()
    world.signal.throwIfAborted()
  }
}

/** What is wrong, in a line of some length. */
function firstLine(heading: string, said: readonly string[]): string {
  const telling = said.find((line) => /\b(PANIC|FATAL|ERROR|error|corrupt)/.test(line)) ?? said[0] ?? ''
  return `${heading} ${telling.trim()}`.slice(0, 300)
}

function titleOf({ kind, version, path }: DatabaseFacts): string {
  const title = databaseChecks[kind]?.title ?? kind
  return `${title}${version === undefined ? '' : ` ${version}`}${path === '.' ? '' : ` in ${path}`}`
}

function nothingToBoot(found: readonly DatabaseFacts[]): BootVerdict {
  return {
    did: 'nothing',
    about:
      found.length === 0
        ? 'nothing to boot: no database is known in it'
        : `nothing to boot: no check is known for ${found.map(titleOf).join(', ')}`,
  }
}

/** Damage of one is damage of all. */
function summed(verdicts: readonly BootVerdict[]): BootVerdict {
  const damaged = verdicts.filter((verdict) => verdict.did === 'damaged')
  const about = (damaged.length > 0 ? damaged : verdicts).map((verdict) => verdict.about).join('; ')
  return damaged.length === 0
    ? { did: 'good', about }
    : { did: 'damaged', about, said: damaged.map(({ said }) => said).join('\n') }
}
