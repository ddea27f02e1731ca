import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

import { execa } from 'execa'

import { aptProxyEnvironment } from './debian.ts'
import { timed } from './progress.ts'

/** A root file system to be made by a script of this folder, called with a folder and these arguments. */
export type RootfsRecipe = {
  readonly name: string
  readonly script: string
  readonly arguments: readonly string[]
  /** Other files of this folder that the script reads. */
  readonly reads?: readonly string[]
  /** What the folder holds when the script starts. */
  readonly base?: RootfsRecipe
}

/** A name that changes when anything that goes into the root file system does. */
export async function rootfsDigest(recipe: RootfsRecipe): Promise<string> {
  const sources = [recipe.script, ...(recipe.reads ?? [])]
  const parts = [
    recipe.name,
    ...(await Promise.all(sources.map((name) => readFile(join(import.meta.dirname, name), 'utf8')))),
    recipe.base ? await rootfsDigest(recipe.base) : '',
  ]
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 12)
}

/** Makes a root file system, unless the cache has it; returns the path of its tar (zstd). */
export async function makeRootfs(cache: string, recipe: RootfsRecipe): Promise<string> {
  const folder = join(cache, 'rootfs')
  const file = join(folder, `${recipe.name}-${await rootfsDigest(recipe)}.tar.zst`)
  if (existsSync(file)) return file
  const base = recipe.base && (await makeRootfs(cache, recipe.base))
  return timed(`building the root file system ${recipe.name}`, async () => {
    await mkdir(folder, { recursive: true })
    const scratch = await scratchFolder(cache)
    const root = join(scratch, 'root')
    await mkdir(root)
    if (base) await execa('tar', [...tarOptions, '--extract', `--file=${base}`, `--directory=${root}`])
    const script = join(import.meta.dirname, recipe.script)
    await execa('setpriv', [...ownNamespaces, 'sh', script, root, ...recipe.arguments], {
      env: await aptProxyEnvironment(),
    })
    const partial = `${root}.tar.zst`
    await execa('tar', [
      ...tarOptions,
      '--sort=name',
      '--create',
      `--file=${partial}`,
      `--directory=${root}`,
      '.',
    ])
    await removeOlder(folder, recipe.name)
    await rename(partial, file)
    await rm(scratch, { recursive: true, force: true })
    return file
  })
}

/** An empty folder for work that is not worth keeping. */
export async function scratchFolder(cache: string): Promise<string> {
  await mkdir(join(cache, 'work'), { recursive: true })
  return mkdtemp(join(cache, 'work', 'rootfs-'))
}

/** Removes what interrupted work has left; nobody else may be building meanwhile. */
export async function removeScratch(cache: string): Promise<void> {
  await rm(join(cache, 'work'), { recursive: true, force: true, maxRetries: 5 })
}

// Modes, owners and attributes as they are; a build's device nodes and mounts stay out.
const tarOptions = [
  '--use-compress-program=zstd -T0 -3',
  '--numeric-owner',
  '--xattrs',
  '--xattrs-include=*',
  '--exclude=./dev/*',
  '--exclude=./proc/*',
  '--exclude=./sys/*',
]

// Whatever a script starts or mounts ends with this process, even if that is killed.
const ownNamespaces = [
  '--pdeathsig=KILL',
  'unshare',
  '--mount',
  '--pid',
  '--fork',
  '--kill-child',
  '--mount-proc',
]

async function removeOlder(folder: string, name: string): Promise<void> {
  const pattern = new RegExp(`^${name}-[0-9a-f]{12}\\.tar\\.zst$`)
  for (const entry of await readdir(folder)) {
    if (pattern.test(entry)) await rm(join(folder, entry))
  }
}
