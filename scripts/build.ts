/**
 * Builds `dist/`: one file for each command, so that only the command that runs is loaded, with every dependency
 * inside, so that no node_modules are needed; then the manifest from which help and completion are answered.
 */
import { globSync } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'

import { Config, Plugin } from '@oclif/core'
import { rolldown } from 'rolldown'

const root = path.dirname(import.meta.dirname)
process.chdir(root)
await rm('dist', { recursive: true, force: true })

const commands = globSync('src/commands/*.ts').filter(isSource)
const workers = globSync('src/frames/*-worker.ts').filter(isSource)
const inputs = ['src/main.ts', ...commands, ...workers]
const bundle = await rolldown({
  input: Object.fromEntries(inputs.map((file) => [entryName(file), file])),
  platform: 'node',
  transform: { target: 'node22.18' },
  checks: { pluginTimings: false },
})
await bundle.write({
  dir: 'dist',
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name]-[hash].js',
  minify: false,
  codeSplitting: {
    // What starts a worker looks for it beside its own file, so it must not end up inside a command's.
    groups: [{ name: 'frames', test: /\/src\/frames\/(?!.*-worker\.ts)/ }],
  },
})
await bundle.close()

type PackageFile = { version: string }
const pjson: PackageFile = JSON.parse(await readFile('package.json', 'utf8'))
const config = await Config.load({ root, devPlugins: false, userPlugins: false, ignoreManifest: true })
const [plugin] = config.plugins.values()
if (!(plugin instanceof Plugin)) throw new Error('oclif does not see the commands.')
const { manifest } = plugin
const found = Object.keys(manifest.commands)
if (found.length !== commands.length) {
  throw new Error(
    `${commands.length} commands in src/commands, but the bundle has ${found.join(', ') || 'none'}.`,
  )
}
await writeFile('oclif.manifest.json', `${JSON.stringify(manifest, undefined, 2)}\n`)

const metadata: { Version: string } = JSON.parse(await readFile('plugin-metadata.json', 'utf8'))
if (metadata.Version !== `v${pjson.version}`) {
  await writeFile(
    'plugin-metadata.json',
    `${JSON.stringify({ ...metadata, Version: `v${pjson.version}` }, undefined, 2)}\n`,
  )
}

function isSource(file: string): boolean {
  return !file.endsWith('.test.ts') && !file.endsWith('.tmp.ts')
}

/** Commands keep their folder, because that is where they are looked for; workers lie beside the chunks. */
function entryName(file: string): string {
  const name = path.basename(file, '.ts')
  if (file.startsWith('src/commands/')) return `commands/${name}`
  return file.endsWith('-worker.ts') ? `chunks/${name}` : name
}
