import { readdir, readFile, readlink } from 'node:fs/promises'

export type RunningProcess = {
  readonly pid: number
  readonly parent: number
  readonly argv: readonly string[]
}

/** What runs under a process id, or undefined if nothing (or a zombie) does. */
export async function processOf(pid: number): Promise<RunningProcess | undefined> {
  try {
    const argv = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0').slice(0, -1)
    const status = await readFile(`/proc/${pid}/status`, 'utf8')
    // No arguments says nothing: a process has none for a moment while it executes another program.
    if (/^State:\s+[ZX]/m.test(status)) return undefined
    return { pid, parent: Number(/^PPid:\s+(\d+)$/m.exec(status)?.[1]), argv }
  } catch {
    return undefined
  }
}

/** The process that a pid file names; undefined if the file or the process is gone. */
export async function processOfPidFile(path: string): Promise<RunningProcess | undefined> {
  const pid = Number(await readFile(path, 'utf8').catch(() => ''))
  return Number.isInteger(pid) && pid > 1 ? processOf(pid) : undefined
}

/** Every process that can be seen; none where there is no /proc, nor an engine of ours. */
export async function allProcesses(): Promise<RunningProcess[]> {
  const names = await readdir('/proc').catch((): string[] => [])
  const found = await Promise.all(
    names.filter((name) => /^\d+$/.test(name)).map((name) => processOf(Number(name))),
  )
  return found.filter((each) => each !== undefined)
}

/** Whether a process shares this process's network, bridges and firewall included. */
export async function sharesOurNetwork(pid: number): Promise<boolean> {
  const [theirs, ours] = await Promise.all([
    readlink(`/proc/${pid}/ns/net`).catch(() => undefined),
    readlink('/proc/self/ns/net'),
  ])
  return theirs === ours
}
