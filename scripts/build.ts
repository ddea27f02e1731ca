/**
 * Builds `dist/`: one file for each command, so that only the command that runs is loaded, with every dependency
 * inside, so that no node_modules are needed; then the manifest from which help and completion are answered.
 */
import { globSync } from 'node:fs'
import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'

import { Config, Plugin } from '@oclif/core'
import { rolldown } from 'rolldown'

const root = path.dirname(import.meta.dirname)
/** Where the product is put together: the checkout, or the directory that is given. */
const target = path.resolve(process.argv[2] ?? root)
process.chdir(root)
await rm(path.join(target, 'dist'), { recursive: true, force: true })

const pjson: { version: string } = JSON.parse(await readFile('package.json', 'utf8'))
const metadata: object = JSON.parse(await readFile('plugin-metadata.json', 'utf8'))
const metadataText = `${JSON.stringify({ ...metadata, Version: `v${pjson.version}` }, undefined, 2)}\n`
if (target !== root) {
  for (const part of ['bin', 'package.json']) await cp(part, path.join(target, part), { recursive: true })
}
await writeFile(path.join(target, 'plugin-metadata.json'), metadataText)

const commands = globSync('src/commands/*.ts').filter(isSource)
const workers = globSync('src/frames/*-worker.ts').filter(isSource)
const inputs = ['src/main.ts', 'src/watchdog.ts', ...commands, ...workers]
const bundle = await rolldown({
  input: Object.fromEntries(inputs.map((file) => [entryName(file), file])),
  platform: 'node',
  transform: { target: 'node22.18' },
  checks: { pluginTimings: false },
})
await bundle.write({
  dir: path.join(target, 'dist'),
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

// oclif's own command writes the manifest in the same way, and brings two hundred packages along.
const config = await Config.load({
  root: target,
  devPlugins: false,
  userPlugins: false,
  ignoreManifest: true,
})
const [plugin] = config.plugins.values()
if (!(plugin instanceof Plugin)) throw new Error('oclif does not see the commands.')
const { manifest } = plugin
const found = Object.keys(manifest.commands)
if (found.length !== commands.length) {
  throw new Error(
    `${commands.length} commands in src/commands, but the bundle has ${found.join(', ') || 'none'}.`,
  )
}
await writeFile(path.join(target, 'oclif.manifest.json'), `${JSON.stringify(manifest, undefined, 2)}\n`)

function isSource(file: string): boolean {
  return !file.endsWith('.test.ts') && !file.endsWith('.tmp.ts')
}

/** Commands keep their folder, because that is where they are looked for; workers lie beside the chunks. */
function entryName(file: string): string {
  const name = path.basename(file, '.ts')
  if (file.startsWith('src/commands/')) return `commands/${name}`
  return file.endsWith('-worker.ts') ? `chunks/${name}` : name
}
