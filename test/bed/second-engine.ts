import { readdir } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'

import { execa } from 'execa'

import type { Bed } from './bed.ts'
import { socketOf, startDockerd, stopDockerd } from './dockerd.ts'
import { fetchEnginePackages } from './engine-packages.ts'
import { tryLock } from './lock.ts'

export type SecondEngine = {
  /** tcp://127.0.0.1:PORT */
  readonly host: string
  /** Stops it and everything on it. Its images stay in the cache for the next one. */
  stop(): Promise<void>
}

/**
 * Starts another engine on this machine, without networks, to play a remote one; it has the bed's Debian image.
 * Each call gets one to itself. One that an earlier process left running is stopped first.
 */
export async function startSecondEngine(bed: Bed): Promise<SecondEngine> {
  const packages = await fetchEnginePackages(bed.cache)
  const { home, release } = await freeHome(bed.cache)
  const stop = async () => {
    await stopDockerd(home)
    await release()
  }
  try {
    const host = await startOnFreePort(home, packages.path)
    await copyImage(bed, home)
    return { host, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Stops every second engine, also those that a killed test run left behind. */
export async function stopSecondEngines(cache: string): Promise<void> {
  for (const name of await readdir(folderOf(cache)).catch((): string[] => [])) {
    await stopDockerd(join(folderOf(cache), name))
  }
}

const folderOf = (cache: string) => join(cache, 'second-engines')

async function freeHome(cache: string) {
  for (let number = 1; ; number += 1) {
    const home = join(folderOf(cache), String(number))
    const release = await tryLock(home)
    if (release) return { home, release }
  }
}

async function startOnFreePort(home: string, path: readonly string[]): Promise<string> {
  await stopDockerd(home)
  for (let attempt = 1; ; attempt += 1) {
    const host = `tcp://127.0.0.1:${await freePort()}`
    const withoutNetworks = ['--bridge=none', '--iptables=false', '--ip6tables=false', '--ip-forward=false']
    try {
      // Said outright that there is no TLS, dockerd does not wait a while to make us think again.
      await startDockerd(home, path, [`--host=${host}`, '--tls=false', ...withoutNetworks])
      return host
    } catch (error) {
      // Somebody may take the port between our look and dockerd's.
      if (attempt === 3 || !String(error).includes('address already in use')) throw error
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((settle, fail) => {
    const server = createServer()
    server.once('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => settle(typeof address === 'object' && address ? address.port : 0))
    })
  })
}

async function copyImage(bed: Bed, home: string): Promise<void> {
  const image = bed.images.debian
  const there = { ...bed.environment, DOCKER_HOST: `unix://${socketOf(home)}` }
  const digest = (env: Readonly<Record<string, string>>) =>
    execa(bed.docker, ['image', 'inspect', '--format', '{{.Id}}', image], { env, reject: false })
  const [wanted, found] = await Promise.all([digest(bed.environment), digest(there)])
  if (found.exitCode === 0 && found.stdout === wanted.stdout) return
  await execa(bed.docker, ['image', 'save', image], { env: bed.environment, buffer: false }).pipe(
    bed.docker,
    ['image', 'load'],
    { env: there },
  )
}
