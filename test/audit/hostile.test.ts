import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import process from 'node:process'
import { execa } from 'execa'
import { afterAll, describe, expect, test } from 'vitest'
import { hostileFiles, manyServices } from './hostile.ts'

const folder = mkdtempSync(path.join(tmpdir(), 'docker-vol-hostile-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const main = path.resolve(import.meta.dirname, '..', '..', 'src', 'main.ts')

/** Tells at the end what the process took: its own time, whatever else the machine does, and its largest size. */
const measure = `data:text/javascript,${encodeURIComponent(
  'process.on("exit", () => { const u = process.resourceUsage(); process.stderr.write(`\\nTOOK ${(u.userCPUTime + u.systemCPUTime) / 1e6} ${u.maxRSS / 1024}`) })',
)}`

async function audit(file: string) {
  const { exitCode, all, stderr } = await execa(
    process.execPath,
    ['--import', measure, main, 'vol', 'audit', '--fail-on=error', file],
    { reject: false, all: true, cwd: folder, env: { PATH: folder }, extendEnv: false, timeout: 60_000 },
  )
  const [, seconds, megabytes] = /TOOK (\S+) (\S+)/.exec(stderr) ?? []
  return { exitCode, all, seconds: Number(seconds), megabytes: Number(megabytes) }
}

describe('a hostile file must come to a clear error or a report, within 6 s and 400 MB', () => {
  test.each(Object.entries(hostileFiles))('%s', async (name, [content, exit, said]) => {
    const file = path.join(folder, `${name.replaceAll(/\W/g, '-')}.yaml`)
    writeFileSync(file, content)
    const { exitCode, all, seconds, megabytes } = await audit(file)
    expect(all).toMatch(said)
    expect(all).not.toContain('bug in docker vol')
    expect(exitCode).toBe(exit)
    expect(seconds).toBeLessThan(6)
    expect(megabytes).toBeLessThan(400)
  })

  test('1,000 services must be read and audited in 2 s', async () => {
    const file = path.join(folder, 'thousand.yaml')
    writeFileSync(file, manyServices(1000))
    const { all, seconds } = await audit(file)
    expect(all).toContain('2000 notes')
    expect(seconds).toBeLessThan(2)
  })
})
