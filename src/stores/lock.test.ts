import { spawn } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isLeftOverOfLock, withLock } from './lock.ts'
import { tagOfEndedProcess } from './ended-process.ts'
import { isGone, isProcessTag, newProcessTag } from './process-identity.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'vol-lock-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

const lockFile = (): string => path.join(directory, 'lock')

test('actions under one lock run one after the other', async () => {
  let inside = 0
  let done = 0
  await Promise.all(
    Array.from({ length: 10 }, () =>
      withLock(directory, async () => {
        inside += 1
        expect(inside).toBe(1)
        await sleep(1)
        inside -= 1
        done += 1
      }),
    ),
  )
  expect(done).toBe(10)
  expect(readdirSync(directory)).toEqual([])
})

test('the lock is released when the action fails, and the failure comes through', async () => {
  await expect(withLock(directory, () => Promise.reject(new Error('disk on fire')))).rejects.toThrow(
    'disk on fire',
  )
  expect(readdirSync(directory)).toEqual([])
})

test('whoever waits too long is told who holds it', async () => {
  await withLock(directory, async () => {
    const second = withLock(directory, () => Promise.resolve(), { patience: 20 })
    await expect(second).rejects.toMatchObject({
      code: 'BUSY',
      message: expect.stringContaining(`process ${process.pid} on this machine`),
    })
  })
})

test('a lock of another machine is never taken over', async () => {
  const tag = (await tagOfEndedProcess()).replace(/^(\d+-\d+)-[0-9a-f]{8}/, '$1-00000000')
  symlinkSync(tag, lockFile())
  const attempt = withLock(directory, () => Promise.resolve(), { patience: 20 })
  await expect(attempt).rejects.toMatchObject({ message: expect.stringContaining('on another machine') })
  expect(readlinkSync(lockFile())).toBe(tag)
})

test.each([
  ['whose process is gone', (tag: string) => tag],
  ['of an earlier boot', () => newProcessTag().replace(/-[0-9a-f]{8}-([0-9a-f]{8})$/, '-00000000-$1')],
  ['of an earlier process with the same number', () => newProcessTag().replace(/^(\d+)-\d+/, '$1-1')],
])('a lock %s is taken over', async (_, change) => {
  const tag = change(await tagOfEndedProcess())
  expect(isProcessTag(tag) && isGone(tag)).toBe(true)
  symlinkSync(tag, lockFile())
  await withLock(directory, () => {
    expect(readlinkSync(lockFile())).not.toBe(tag)
    return Promise.resolve()
  })
  expect(readdirSync(directory)).toEqual([])
})

test('a process that has ended but was not waited for is gone', async () => {
  // The shell starts `true`, then becomes a program that never waits for it.
  const child = spawn('sh', ['-c', 'true & echo $!; exec sleep 30'], { stdio: ['ignore', 'pipe', 'ignore'] })
  const [output]: unknown[] = await once(child.stdout, 'data')
  const tag = newProcessTag().replace(/^\d+/, String(output).trim())
  await sleep(50)
  expect(isProcessTag(tag) && isGone(tag)).toBe(true)
  child.kill()
})

test('of many who take over the same lock, and one that died taking it over, one is in at a time', async () => {
  for (let round = 0; round < 5; round += 1) {
    const dead = await tagOfEndedProcess()
    symlinkSync(dead, lockFile())
    symlinkSync(await tagOfEndedProcess(), path.join(directory, `lock.break.${dead}`))
    let inside = 0
    await Promise.all(
      Array.from({ length: 10 }, () =>
        withLock(directory, async () => {
          inside += 1
          expect(inside).toBe(1)
          await sleep(0)
          inside -= 1
        }),
      ),
    )
    expect(readdirSync(directory)).toEqual([])
  }
})

test('of many processes that take over the same lock one is in at a time', async () => {
  symlinkSync(await tagOfEndedProcess(), lockFile())
  const log = path.join(directory, 'log')
  const program = `
    import { appendFileSync } from 'node:fs'
    import { setTimeout as sleep } from 'node:timers/promises'
    import { withLock } from ${JSON.stringify(new URL('lock.ts', import.meta.url).href)}
    for (let round = 0; round < 20; round += 1) await withLock(${JSON.stringify(directory)}, async () => {
      appendFileSync(${JSON.stringify(log)}, '(')
      await sleep(0)
      appendFileSync(${JSON.stringify(log)}, ')')
    })`
  const children = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'ignore', 'inherit'],
    }),
  )
  await Promise.all(children.map((child) => once(child, 'exit')))
  expect(readFileSync(log, 'latin1')).toBe('()'.repeat(80))
  expect(existsSync(lockFile())).toBe(false)
})

test('a lock in a file, made where there are no symbolic links, counts as well', async () => {
  writeFileSync(lockFile(), newProcessTag())
  await expect(withLock(directory, () => Promise.resolve(), { patience: 20 })).rejects.toMatchObject({
    code: 'BUSY',
  })
  writeFileSync(lockFile(), await tagOfEndedProcess())
  await withLock(directory, () => Promise.resolve())
})

test('a lock in a directory that is not there fails with ENOENT', async () => {
  const missing = path.join(directory, 'missing')
  await expect(withLock(missing, () => Promise.resolve())).rejects.toMatchObject({ code: 'ENOENT' })
})

test('only what an ended take-over left is a leftover', async () => {
  const dead = await tagOfEndedProcess()
  expect(isLeftOverOfLock(`lock.break.${dead}`)).toBe(true)
  expect(isLeftOverOfLock(`lock.break.break.${dead}`)).toBe(true)
  expect(isLeftOverOfLock(`lock.break.${newProcessTag()}`)).toBe(false)
  expect(isLeftOverOfLock('lock')).toBe(false)
  expect(isLeftOverOfLock('index.json')).toBe(false)
})
