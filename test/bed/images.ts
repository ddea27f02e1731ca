import { createHash } from 'node:crypto'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { execa } from 'execa'

import { debianMirror } from './debian.ts'
import { timed } from './progress.ts'
import { imageRecipes, type ImageName, type ImageRecipe } from './recipes.ts'
import { makeRootfs, rootfsDigest, scratchFolder } from './rootfs.ts'

export type Images = Readonly<Record<ImageName, string>>

/** The label on every image that the bed builds; by it they are found and removed. */
export const bedLabel = 'docker-vol.bed=1'

/** The reference of each image, by a choice made for each. */
export function imagesBy(choose: (recipe: ImageRecipe) => string): Images {
  const chosen = Object.fromEntries(imageRecipes.map((recipe) => [recipe.name, choose(recipe)]))
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the table has a line for each name
  return chosen as Images
}

/** A digest that changes when a stand-in would come out otherwise than before. */
export async function standInDigest(recipe: ImageRecipe): Promise<string> {
  const rootfs = await rootfsDigest(recipe.rootfs('', ''))
  const entrypoint = recipe.entrypoint ? await readFile(entrypointFile(recipe.entrypoint), 'utf8') : ''
  const parts = [rootfs, entrypoint, ...recipe.changes, recipe.version?.('') ?? '']
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 12)
}

/** Those of some recipes of which an engine lacks a current stand-in. */
export async function missingStandIns(
  docker: string,
  environment: Readonly<Record<string, string>>,
  recipes: readonly ImageRecipe[] = imageRecipes,
): Promise<ImageRecipe[]> {
  const format = '{{index .Config.Labels "docker-vol.bed.recipe"}}'
  const names = recipes.map(({ standIn }) => standIn)
  // One call for all is quick; only when one is missing are they asked for one by one.
  const inspect = (references: string[]) =>
    execa(docker, ['image', 'inspect', '--format', format, ...references], {
      env: environment,
      reject: false,
    })
  const all = await inspect(names)
  const digests = all.exitCode === 0 ? all.stdout.split('\n') : []
  const missing: ImageRecipe[] = []
  for (const [index, recipe] of recipes.entries()) {
    const found = digests[index] ?? (await inspect([recipe.standIn])).stdout
    if (found !== (await standInDigest(recipe))) missing.push(recipe)
  }
  return missing
}

/** Builds an image from Debian's packages and imports it. */
export async function buildStandIn(
  recipe: ImageRecipe,
  cache: string,
  busybox: string,
  docker: string,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const rootfs = await makeRootfs(cache, recipe.rootfs(await debianMirror(), busybox))
  await timed(`importing ${recipe.standIn}`, async () => {
    const scratch = await scratchFolder(cache)
    const tar = join(scratch, 'image.tar')
    await execa('zstd', ['--decompress', '--quiet', rootfs, '-o', tar])
    const changes = [
      ...recipe.changes,
      `LABEL ${bedLabel}`,
      `LABEL docker-vol.bed.recipe=${await standInDigest(recipe)}`,
    ]
    if (recipe.entrypoint) await appendEntrypoint(tar, recipe.entrypoint)
    if (recipe.version) {
      const { stdout } = await execa('tar', ['-xOf', tar, './etc/docker-vol-bed-version'])
      changes.push(`ENV ${recipe.version(stdout)}`)
    }
    const options = changes.flatMap((change) => ['--change', change])
    const ofOld = ['image', 'inspect', '--format', '{{.Id}}', recipe.standIn]
    const old = await execa(docker, ofOld, { env: environment, reject: false })
    const { stdout } = await execa(docker, ['import', ...options, tar, recipe.standIn], { env: environment })
    // A replaced image has lost its name; it stays only as long as a container uses it.
    if (old.exitCode === 0 && old.stdout !== stdout.trim()) {
      await execa(docker, ['image', 'rm', old.stdout], { env: environment, reject: false })
    }
    await rm(scratch, { recursive: true, force: true })
  })
}

function entrypointFile(name: string): string {
  return join(import.meta.dirname, name)
}

/** Appended, not built in: a change to the entrypoint is then a matter of seconds. */
async function appendEntrypoint(tar: string, name: string): Promise<void> {
  const owner = ['--owner=root:0', '--group=root:0', '--mode=755', '--mtime=@0']
  const place = `--transform=s,.*,./usr/local/bin/docker-entrypoint.sh,`
  const folder = `--directory=${import.meta.dirname}`
  await execa('tar', ['--append', `--file=${tar}`, ...owner, place, folder, name])
}
