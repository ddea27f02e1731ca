/** Where the process begins. Only what an old Node understands too: the rest is loaded once we know it can run. */
import { spawnSync } from 'node:child_process'
// Old Nodes refuse the name of what they do not have; of the whole they only lack it.
import module from 'node:module'
import path from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major > 22 || (major === 22 && minor >= 18)) {
  process.umask(0o077)
  useCompileCache()
  const { main } = await import('./edge.ts')
  await main(import.meta)
} else {
  leaveToAnotherNode()
}

/** Not in the directory that Node would choose below /tmp: what lies there runs as us. */
function useCompileCache(): void {
  const { NODE_COMPILE_CACHE, XDG_CACHE_HOME, HOME } = process.env
  const cache = XDG_CACHE_HOME || (HOME === undefined ? undefined : path.join(HOME, '.cache'))
  if (NODE_COMPILE_CACHE !== undefined) module.enableCompileCache()
  else if (cache !== undefined) module.enableCompileCache(path.join(cache, 'docker-vol', 'compile'))
}

/** The launcher remembered or was told a Node that is too old by now; it looks again, once. */
function leaveToAnotherNode(): void {
  const launcher = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', 'bin', 'docker-vol')
  const { DOCKER_VOL_NODE, DOCKER_VOL_NODE_TOO_OLD } = process.env
  if (DOCKER_VOL_NODE !== undefined || DOCKER_VOL_NODE_TOO_OLD !== undefined) {
    console.error(
      `docker vol: ${process.execPath} is Node ${process.versions.node}, but 22.18 or later is needed: ` +
        'install it, or name it with DOCKER_VOL_NODE.',
    )
    process.exitCode = 1
    return
  }
  const env = { ...process.env, DOCKER_VOL_NODE_TOO_OLD: process.execPath }
  const { status } = spawnSync(launcher, process.argv.slice(2), { stdio: 'inherit', env })
  process.exitCode = status ?? 1
}
