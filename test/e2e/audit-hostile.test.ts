/** Hostile files as people have them audited: behind the real docker, with Compose asked. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { hostileFiles, manyServices } from '../audit/hostile.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('audit-hostile')

/** Said at the end by the plugin: seconds of a processor, whatever else the machine does, and megabytes at most. */
const measure = `data:text/javascript,${encodeURIComponent(
  'process.on("exit", () => { const u = process.resourceUsage(); process.stderr.write(`\\nTOOK ${(u.userCPUTime + u.systemCPUTime) / 1e6} ${u.maxRSS / 1024}`) })',
)}`

async function audit(name: string, content: string | Uint8Array) {
  const file = path.join(bed.folder, `${name.replaceAll(/\W/g, '-')}.yaml`)
  await writeFile(file, content)
  const { exitCode, stdout, stderr } = await bed.vol('audit', '--no-live', '--fail-on=error', file, {
    environment: { NODE_OPTIONS: `--import=${measure}` },
  })
  const [, seconds, megabytes] = /TOOK (\S+) (\S+)/.exec(stderr) ?? []
  return { exitCode, said: stdout + stderr, seconds: Number(seconds), megabytes: Number(megabytes) }
}

describe('a hostile file must come to a clear error or a report, within 6 s and 400 MB', () => {
  test.each(Object.entries(hostileFiles))('%s', async (name, [content, exit, words]) => {
    const { exitCode, said, seconds, megabytes } = await audit(name, content)
    expect(said).toMatch(words)
    expect(said).not.toContain('bug in docker vol')
    expect(exitCode).toBe(exit)
    expect(seconds).toBeLessThan(6)
    expect(megabytes).toBeLessThan(400)
  })

  test('as many services as Compose is still asked about', async () => {
    const { exitCode, seconds, megabytes } = await audit('many', manyServices(1150))
    expect(exitCode).toBe(0)
    // Compose itself may take three more.
    expect(seconds).toBeLessThan(3)
    expect(megabytes).toBeLessThan(400)
  })
})
