import { readdir } from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'

import { execa } from 'execa'

import type { Bed } from './bed.ts'
import { runningDockerd, socketOf, startDockerd, stopDockerd } from './dockerd.ts'
import { fetchEnginePackages } from './engine-packages.ts'
import { tryLock } from './lock.ts'

type Environment = Readonly<Record<string, string>>

export type SecondEngine = {
  /** tcp://127.0.0.1:PORT */
  readonly host: string
  /** unix://PATH, which stays the same when it is started again. */
  readonly socket: string
  /** Kills its daemon, as a power cut would. */
  kill(): Promise<void>
  /** Starts it again after that, with all that is on it. Returns where it answers now. */
  startAgain(): Promise<string>
  /** Stops it and everything on it. Its images stay in the cache for the next one. */
  stop(): Promise<void>
}

/**
 * Starts another engine on this machine, in a network of its own, to play a remote one; it has the bed's Debian
 * image. It answers without TLS, on the loopback address only.
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
    const there = { ...bed.environment, DOCKER_HOST: `unix://${socketOf(home)}` }
    await removeEarlierWork(bed.docker, there)
    await copyImage(bed, there)
    const kill = async () => {
      const pid = await runningDockerd(home)
      if (pid !== undefined) process.kill(pid, 'SIGKILL')
    }
    return {
      host,
      socket: `unix://${socketOf(home)}`,
      kill,
      startAgain: () => startOnFreePort(home, packages.path),
      stop,
    }
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
  const { server, port, descriptor } = await listenOnFreePort()
  try {
    await startDockerd({ home, path, listener: descriptor })
  } finally {
    // Only our copy: dockerd has its own.
    server.close()
  }
  return `tcp://127.0.0.1:${port}`
}

function listenOnFreePort(): Promise<{ server: Server; port: number; descriptor: number }> {
  return new Promise((settle, fail) => {
    const server = createServer()
    server.once('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      // Node has no public way to ask a server for its descriptor.
      const descriptor: unknown = Reflect.get(Object(Reflect.get(server, '_handle')), 'fd')
      if (typeof address !== 'object' || !address || typeof descriptor !== 'number') {
        fail(new Error('this Node does not tell the descriptor of a listening socket'))
        return
      }
      settle({ server, port: address.port, descriptor })
    })
  })
}

/** The data folder is kept for its images; containers and volumes of an earlier test are not meant to be seen. */
async function removeEarlierWork(docker: string, there: Environment): Promise<void> {
  for (const [kind, all] of [
    ['container', ['--all']],
    ['volume', []],
  ] as const) {
    const { stdout } = await execa(docker, [kind, 'ls', '--quiet', ...all], { env: there })
    const names = stdout.split('\n').filter(Boolean)
    if (names.length > 0) await execa(docker, [kind, 'rm', '--force', ...names], { env: there })
  }
  await execa(docker, ['network', 'prune', '--force'], { env: there })
}

async function copyImage(bed: Bed, there: Environment): Promise<void> {
  const image = bed.images.debian
  const digest = (env: Environment) =>
    execa(bed.docker, ['image', 'inspect', '--format', '{{.Id}}', image], { env, reject: false })
  const [wanted, found] = await Promise.all([digest(bed.environment), digest(there)])
  if (found.exitCode === 0 && found.stdout === wanted.stdout) return
  await execa(bed.docker, ['image', 'save', image], { env: bed.environment, buffer: false }).pipe(
    bed.docker,
    ['image', 'load'],
    { env: there },
  )
}
