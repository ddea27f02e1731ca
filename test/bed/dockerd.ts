import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

import { unmountBelow } from './mounts.ts'
import { allProcesses, processOf, processOfPidFile } from './processes.ts'

const pidFile = (home: string) => join(home, 'docker.pid')
const logFile = (home: string) => join(home, 'dockerd.log')
const containerdFolder = (home: string) => join(home, 'exec', 'containerd')

/** The socket on which the dockerd of a home folder listens. */
export const socketOf = (home: string) => join(home, 'docker.sock')

/** The process id of the dockerd that was started with this home folder, if it runs. */
export async function runningDockerd(home: string): Promise<number | undefined> {
  const found = await processOfPidFile(pidFile(home))
  const ours = found && basename(found.argv[0] ?? '') === 'dockerd'
  return ours && found.argv.includes(`--pidfile=${pidFile(home)}`) ? found.pid : undefined
}

/** Whether an engine answers on the socket of this home folder. */
export function answers(home: string): Promise<boolean> {
  return new Promise((settle) => {
    const ping = request({ socketPath: socketOf(home), path: '/_ping', timeout: 5000 }, (response) => {
      response.resume()
      settle(response.statusCode === 200)
    })
    ping.once('timeout', () => ping.destroy())
    ping.once('error', () => settle(false))
    ping.end()
  })
}

export type DockerdPlace = {
  /** The folder for its data, its sockets and its pid file. */
  readonly home: string
  /** The folders with its binaries. */
  readonly path: readonly string[]
  /** A listening socket to answer on too; an engine with one gets a network namespace of its own. */
  readonly listener?: number
}

/**
 * Starts a dockerd that lives in a home folder of its own and outlives this process; returns when it answers.
 * What an earlier run left there (data, pid files, sockets) does not hinder it; one that runs already is kept.
 */
export async function startDockerd(place: DockerdPlace): Promise<void> {
  const { home } = place
  if (Buffer.byteLength(socketOf(home)) > 100) {
    throw new Error(`${home} is too long a path for a socket; set DOCKER_VOL_BED to a shorter one`)
  }
  let pid = await runningDockerd(home)
  if (!pid) {
    await removeLeftovers(home)
    pid = await spawnDockerd(place)
  }
  // After a kill -9, dockerd first cleans up its old containers, for up to a minute.
  const deadline = performance.now() + 180_000
  while (!(await answers(home))) {
    if (!(await processOf(pid))) throw new Error(`dockerd ended:\n${await endOfLog(home)}`)
    if (performance.now() > deadline) throw new Error(`dockerd does not answer:\n${await endOfLog(home)}`)
    await sleep(50)
  }
}

/** Stops the dockerd of a home folder and whatever it left running; other processes are never touched. */
export async function stopDockerd(home: string): Promise<void> {
  const pid = await runningDockerd(home)
  if (pid) await end(pid)
  await endOrphans(home)
  await unmountBelow(home)
  await removeLeftovers(home)
}

// Two engines in one network take the bridge and the firewall away from each other; even one with --bridge=none
// removes docker0. The listening socket was made outside and so is still reached from there: it comes as the
// third descriptor, the way systemd hands sockets over, to a process that keeps its id through each exec.
const inOwnNetwork = `
  LISTEN_FDS=1 LISTEN_PID=$$ exec unshare --net sh -c 'busybox ifconfig lo up; exec dockerd "$@"' dockerd "$@"
`

async function spawnDockerd({ home, path, listener }: DockerdPlace): Promise<number> {
  await mkdir(home, { recursive: true })
  const config = join(home, 'daemon.json')
  await writeFile(config, '{}\n')
  const log = openSync(logFile(home), 'w')
  const flags = [
    `--data-root=${join(home, 'data')}`,
    `--exec-root=${join(home, 'exec')}`,
    `--pidfile=${pidFile(home)}`,
    `--host=unix://${socketOf(home)}`,
    // The machine's own daemon.json is meant for another engine.
    `--config-file=${config}`,
  ]
  const apart = ['-c', inOwnNetwork, 'dockerd', ...flags, '--host=fd://']
  const [command, argv] = listener === undefined ? (['dockerd', flags] as const) : (['sh', apart] as const)
  // Not execa: this child must outlive us, with no pipe between it and this process.
  const child = spawn(command, argv, {
    detached: true,
    stdio: ['ignore', log, log, ...(listener === undefined ? [] : [listener])],
    env: { ...process.env, PATH: [...path, process.env['PATH'] ?? ''].join(':') },
  })
  closeSync(log)
  const pid = await new Promise<number>((settle, fail) => {
    child.once('error', fail)
    child.once('spawn', () => settle(child.pid ?? 0))
  })
  child.unref()
  return pid
}

/** A pid file whose number now belongs to another process keeps dockerd from starting, or misleads it. */
async function removeLeftovers(home: string): Promise<void> {
  await rm(pidFile(home), { force: true })
  await rm(socketOf(home), { force: true })
  const containerd = await processOfPidFile(join(containerdFolder(home), 'containerd.pid'))
  if (containerd?.argv.some((argument) => argument.startsWith(containerdFolder(home))))
    await end(containerd.pid)
  for (const name of [
    'containerd.pid',
    'containerd.sock',
    'containerd.sock.ttrpc',
    'containerd-debug.sock',
  ]) {
    await rm(join(containerdFolder(home), name), { force: true })
  }
}

/** A dockerd that was killed leaves its containers and their shims behind. */
async function endOrphans(home: string): Promise<void> {
  const processes = await allProcesses()
  const shims = processes.filter(
    ({ argv }) =>
      basename(argv[0] ?? '') === 'containerd-shim-runc-v2' &&
      argv.includes(join(containerdFolder(home), 'containerd.sock')),
  )
  for (const shim of shims) {
    for (const { pid } of processes.filter(({ parent }) => parent === shim.pid)) kill(pid, 'SIGKILL')
    kill(shim.pid, 'SIGKILL')
  }
}

async function end(pid: number): Promise<void> {
  kill(pid, 'SIGTERM')
  const deadline = performance.now() + 60_000
  while (await processOf(pid)) {
    if (performance.now() > deadline) kill(pid, 'SIGKILL')
    await sleep(50)
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

async function endOfLog(home: string): Promise<string> {
  const log = await readFile(logFile(home), 'utf8').catch(() => '')
  return log.split('\n').slice(-15).join('\n')
}
