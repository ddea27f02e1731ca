/** `npm run demo`, as a newcomer runs it, except that nobody waits to read. */
import { mkdir, readdir } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { afterEach, expect, inject, test } from 'vitest'
import { withLock } from '../bed/lock.ts'
import { expectDone } from './checks.ts'
import { scenario } from './scenario.ts'
import { start, type Running } from './running.ts'

const bed = await scenario('demo')
const temporary = path.join(bed.folder, 'tmp')
await mkdir(temporary)
const root = path.resolve(import.meta.dirname, '..', '..')

function startDemo(): Running {
  const { home } = inject('installed')
  const theirs = inject('bed').environment
  // The folder of the test bed is found from the home folder, which is the user's here.
  const environment = { ...bed.environment, ...theirs, HOME: process.env['HOME'] ?? home }
  const script = path.join(root, 'scripts', 'demo.ts')
  return start(process.execPath, [script], environment, {
    environment: { COMPOSE_PROJECT_NAME: 'not-this', TMPDIR: temporary },
  })
}

async function leftOver() {
  const label = '--filter=label=docker-vol.demo'
  const [containers, volumes, networks] = await Promise.all([
    bed.docker('ps', '--all', '--quiet', label),
    bed.docker('volume', 'ls', '--quiet', label),
    bed.docker('network', 'ls', '--quiet', '--filter=label=com.docker.compose.project=vol-demo'),
  ])
  return { made: containers.stdout + volumes.stdout + networks.stdout, folders: await readdir(temporary) }
}

afterEach(async () => {
  // While nobody runs a demo, nothing of one is there.
  expect(await withLock('docker-vol-demo', leftOver), 'what is left').toEqual({ made: '', folders: [] })
})

test('the demo must lose the rows, bring them back, and leave nothing, also after one that was killed', async () => {
  const killed = startDemo()
  await killed.until('$ docker vol ls')
  killed.kill('SIGKILL')
  await killed.ended
  expect(await readdir(temporary)).not.toEqual([])
  const said = expectDone(await startDemo().ended)
  expect(said).toContain('$ docker volume rm vol-demo_pgdata')
  expect(said).toContain('$ docker vol restore vol-demo_pgdata@latest')
  expect(said).toContain('All 10000 rows are back')
  expect(said).toContain('npm run link')
  expect(said).not.toContain('\u001b')
})

test.each(['docker compose up', 'docker vol snapshot ', 'docker vol restore'])(
  'the demo must leave nothing when it is interrupted at %s',
  async (command) => {
    const demo = startDemo()
    await demo.until(`$ ${command}`)
    demo.kill('SIGINT')
    const { exitCode, stdout, stderr } = await demo.ended
    expect(exitCode, stdout + stderr).toBe(130)
    expect(stdout).toContain('What the demo made is gone.')
  },
)
