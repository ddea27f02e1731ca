import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { ProcessTag } from './process-identity.ts'
import { isProcessTag, newProcessTag } from './process-identity.ts'

/** For tests: a tag as a process of this machine had that has ended. */
export async function tagOfEndedProcess(): Promise<ProcessTag> {
  const child = spawn('true')
  await once(child, 'exit')
  const tag = newProcessTag().replace(/^\d+/, String(child.pid))
  if (!isProcessTag(tag)) throw new Error('The program `true` did not run')
  return tag
}
