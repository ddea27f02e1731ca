import { closeSync, openSync, read as readCallback } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { execa } from 'execa'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startPipeWriter } from './pipe-writer.ts'

const read = promisify(readCallback)

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'pipe-writer-'))
})
afterAll(() => rm(folder, { recursive: true }))

let pipes = 0
/** Both ends of a new named pipe. */
async function pipe(): Promise<{ readonly reading: number; readonly writing: number }> {
  const file = path.join(folder, `pipe-${(pipes += 1)}`)
  await execa('mkfifo', [file])
  const both = openSync(file, 'r+')
  const reading = openSync(file, 'r')
  const writing = openSync(file, 'w')
  closeSync(both)
  return { reading, writing }
}

async function readAll(descriptor: number, size: number): Promise<Buffer> {
  const bytes = Buffer.alloc(size)
  for (let done = 0; done < size;) done += (await read(descriptor, bytes, done, size - done, null)).bytesRead
  return bytes
}

/** How much more there is before the end. */
async function rest(descriptor: number): Promise<number> {
  const bytes = Buffer.alloc(65_536)
  let size = 0
  for (;;) {
    const { bytesRead } = await read(descriptor, bytes, 0, bytes.length, null)
    if (bytesRead === 0) return size
    size += bytesRead
  }
}

test.each(['copied', 'taken'] as const)('chunks that are %s arrive whole and in order', async (ownership) => {
  const { reading, writing } = await pipe()
  const writer = startPipeWriter(ownership)(writing)
  const chunks = [1000, 3, 30_000].map((size, index) => Buffer.alloc(size, index + 1))
  const expected = Buffer.concat(chunks)
  for (const chunk of chunks) await writer.write(chunk)
  expect((await readAll(reading, expected.length)).equals(expected)).toBe(true)
  await writer.finish()
  await writer.close()
  closeSync(writing)
  expect(await rest(reading)).toBe(0)
  closeSync(reading)
})

test('a chunk that was copied stays the giver’s', async () => {
  const { reading, writing } = await pipe()
  const writer = startPipeWriter('copied')(writing)
  const chunk = new Uint8Array(20_000).fill(7)
  await writer.write(chunk)
  chunk.fill(8)
  expect((await readAll(reading, 20_000)).every((byte) => byte === 7)).toBe(true)
  await writer.finish()
  await writer.close()
  closeSync(writing)
  closeSync(reading)
})

test('whoever gives more than is read has to wait', async () => {
  const { reading, writing } = await pipe()
  const writer = startPipeWriter('taken')(writing)
  const size = 3 * 1024 * 1024
  for (let chunk = 0; chunk < 2; chunk++) await writer.write(new Uint8Array(size))
  const third = writer.write(new Uint8Array(size))
  expect(await Promise.race([third.then(() => 'taken'), sleep(200, 'waits')])).toBe('waits')
  await readAll(reading, size)
  await third
  await readAll(reading, 2 * size)
  await writer.finish()
  await writer.close()
  closeSync(writing)
  closeSync(reading)
})

test('a pipe that nobody reads any more fails with EPIPE, for who waits and for who comes after', async () => {
  const { reading, writing } = await pipe()
  const writer = startPipeWriter('taken')(writing)
  await writer.write(new Uint8Array(1024 * 1024))
  const finished = writer.finish()
  closeSync(reading)
  await expect(finished).rejects.toMatchObject({ code: 'EPIPE' })
  await expect(writer.write(new Uint8Array(1))).rejects.toMatchObject({ code: 'EPIPE' })
  await writer.close()
  closeSync(writing)
})

test('when it is closed nothing more goes to the descriptor', async () => {
  const { reading, writing } = await pipe()
  const writer = startPipeWriter('taken')(writing)
  // Both are taken; the first is stuck in the pipe.
  for (let chunk = 0; chunk < 2; chunk++) await writer.write(new Uint8Array(200_000))
  const closed = writer.close()
  const more = rest(reading)
  await closed
  closeSync(writing)
  expect(await more).toBeLessThanOrEqual(200_000)
  closeSync(reading)
})
