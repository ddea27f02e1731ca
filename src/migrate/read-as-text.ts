import type { ScriptResult } from '../docker/docker.ts'

/** What a script printed as text: docker's port hands bytes on, one character each. What is not UTF-8 is replaced. */
export function readAsText(result: ScriptResult): ScriptResult {
  return { ...result, stdout: text(result.stdout), stderr: text(result.stderr) }
}

function text(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8')
}
