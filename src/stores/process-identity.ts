import { createHash, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { systemCode, unlessMissing } from './failure.ts'

/**
 * Names one process among all that ever used a store: `<pid>-<start time>-<host>-<boot>-<random>`, the last three as
 * eight hexadecimal digits each. The start time (clock ticks since boot, proc_pid_stat(5)) and the boot tell it from a
 * later process with the same number; they are 0 where there is no /proc. The random part makes each tag unique.
 */
export type ProcessTag = `${number}-${number}-${string}-${string}-${string}`

const pattern = /^(\d+)-(\d+)-([0-9a-f]{8})-([0-9a-f]{8})-[0-9a-f]{8}$/

/** A new tag of this process. Fails when the system says too little of it: with a wrong tag it would seem gone. */
export function newProcessTag(): ProcessTag {
  ownStart ??= startTime(process.pid) ?? 0
  return `${process.pid}-${ownStart}-${hostTag()}-${bootTag()}-${randomBytes(4).toString('hex')}`
}

let ownStart: number | undefined
let ownBoot: string | undefined

export function isProcessTag(text: string): text is ProcessTag {
  return pattern.test(text)
}

/**
 * Whether the process that made the tag has certainly ended. Never true for one of another host: its processes cannot
 * be seen from here.
 */
export function isGone(tag: ProcessTag): boolean {
  const [, pid, started, host, boot] = pattern.exec(tag) ?? []
  if (host !== hostTag()) return false
  if (boot !== bootTag()) return true
  if (!exists(Number(pid))) return true
  const now = startTime(Number(pid))
  return now !== undefined && now !== Number(started)
}

/** The process in words, for messages. */
export function describeProcess(tag: ProcessTag): string {
  const [, pid, , host] = pattern.exec(tag) ?? []
  return `process ${pid} ${host === hostTag() ? 'on this machine' : 'on another machine'}`
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return systemCode(error) !== 'ESRCH'
  }
}

/** Clock ticks since boot; -1 for a process that has ended but was not waited for; undefined where /proc is not. */
function startTime(pid: number): number | undefined {
  let stat: string
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch (error) {
    // ESRCH: it ended while its file was being read.
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ESRCH') return undefined
    throw error
  }
  // The second field, the program's name in parentheses, may itself hold spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' || fields[0] === 'X' ? -1 : Number(fields[19])
}

function hostTag(): string {
  return short(hostname())
}

function bootTag(): string {
  const boot = ownBoot ?? unlessMissing(() => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1'))
  ownBoot = boot ?? ''
  return ownBoot === '' ? '00000000' : short(ownBoot.trim())
}

function short(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8)
}
