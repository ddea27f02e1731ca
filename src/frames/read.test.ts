import { createHash, randomBytes } from 'node:crypto'
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { describe, expect, onTestFinished, test } from 'vitest'
import { compressFrame } from './codec.ts'
import { startFrameReader, type FramePlace, type FrameReader } from './read.ts'

async function fileOf(bytes: Uint8Array): Promise<number> {
  const folder = await mkdtemp(path.join(tmpdir(), 'docker-vol-read-'))
  const file = path.join(folder, 'blob')
  writeFileSync(file, bytes)
  const descriptor = openSync(file, 'r')
  onTestFinished(async () => {
    closeSync(descriptor)
    await rm(folder, { recursive: true, force: true })
  })
  return descriptor
}

function reader(signal = new AbortController().signal): FrameReader {
  const started = startFrameReader(signal)
  onTestFinished(() => started.close())
  return started
}

/** A file of frames, and where they lie. */
async function frames(contents: readonly Uint8Array[]): Promise<readonly FramePlace[]> {
  const compressed = contents.map((content) => compressFrame('zstd', content))
  const descriptor = await fileOf(Buffer.concat(compressed))
  let position = 0
  return compressed.map((bytes, index) => {
    const place = { descriptor, position, compressed: bytes.length, raw: contents[index]?.length ?? 0 }
    position += bytes.length
    return place
  })
}

async function all(read: AsyncIterable<Uint8Array>): Promise<Buffer[]> {
  const found: Buffer[] = []
  for await (const bytes of read) found.push(Buffer.from(bytes))
  return found
}

describe('the digest of a file', () => {
  test.each([0, 1, 1024 * 1024, 3 * 1024 * 1024 + 17])('of %d bytes is that of its bytes', async (size) => {
    const bytes = randomBytes(size)
    const descriptor = await fileOf(bytes)
    const expected = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
    expect(await reader().digest({ descriptor, size })).toBe(expected)
  })

  test('is refused of a file that is shorter than it should be', async () => {
    const descriptor = await fileOf(randomBytes(100))
    await expect(reader().digest({ descriptor, size: 101 })).rejects.toThrow('the file ends too early')
  })
})

describe('frames', () => {
  test('come in order, whichever thread is first', async () => {
    const contents = Array.from({ length: 40 }, (_, index) => randomBytes(index % 3 === 0 ? 400_000 : 10))
    expect(await all(reader().frames(await frames(contents)))).toEqual(contents)
  })

  test('that are damaged fail when their turn comes, and the ones before are there', async () => {
    const places = await frames([randomBytes(10), randomBytes(20), randomBytes(30)])
    const wrong = places.map((place, index) => (index === 1 ? { ...place, raw: 19 } : place))
    const found: number[] = []
    const reading = (async () => {
      for await (const bytes of reader().frames(wrong)) found.push(bytes.length)
    })()
    await expect(reading).rejects.toThrow()
    expect(found).toEqual([10])
  })

  test('need not all be taken', async () => {
    const started = reader()
    for await (const _ of started.frames(await frames([randomBytes(10), randomBytes(20)]))) break
    expect(await all(started.frames(await frames([Buffer.from('again')])))).toEqual([Buffer.from('again')])
  })
})

describe('an interruption', () => {
  const stop = new Error('stop')

  test('ends the digest of a large file at once', async () => {
    const interrupt = new AbortController()
    const started = reader(interrupt.signal)
    // Endless zeros: without an interruption this would take hours.
    const zeros = openSync('/dev/zero', 'r')
    onTestFinished(() => closeSync(zeros))
    const digest = started.digest({ descriptor: zeros, size: 2 ** 46 })
    setTimeout(() => interrupt.abort(stop), 200)
    await expect(digest).rejects.toBe(stop)
    await started.close()
  })

  test('before it began leaves nothing waiting', async () => {
    const started = reader(AbortSignal.abort(stop))
    await expect(started.digest({ descriptor: 0, size: 1 })).rejects.toBe(stop)
    await expect(all(started.frames([{ descriptor: 0, position: 0, compressed: 1, raw: 1 }]))).rejects.toBe(
      stop,
    )
  })
})

test('who waits when the reader is closed is told', async () => {
  const started = reader()
  const zeros = openSync('/dev/zero', 'r')
  onTestFinished(() => closeSync(zeros))
  const digest = started.digest({ descriptor: zeros, size: 2 ** 46 })
  const told = expect(digest).rejects.toThrow('closed')
  await started.close()
  await told
})

test('a reader that is closed while answers are on their way keeps the process alive until its threads have ended', async () => {
  const script = `
    import { openSync, writeFileSync } from 'node:fs'
    import { startFrameReader } from ${JSON.stringify(new URL('read.ts', import.meta.url).href)}
    writeFileSync(process.argv[2], Buffer.alloc(3_000_000))
    const descriptor = openSync(process.argv[2], 'r')
    const interrupt = new AbortController()
    const reader = startFrameReader(interrupt.signal)
    const asked = Array.from({ length: 40 }, () => reader.digest({ descriptor, size: 3_000_000 }))
    await asked[0]
    interrupt.abort(new Error('stop'))
    await Promise.allSettled(asked)
    await reader.close()
    console.log('closed')
  `
  const folder = await mkdtemp(path.join(tmpdir(), 'docker-vol-read-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const program = path.join(folder, 'program.mjs')
  writeFileSync(program, script)
  const args = [program, path.join(folder, 'blob')]
  for (let round = 0; round < 5; round += 1)
    expect(await execa(process.execPath, args, { reject: false })).toMatchObject({
      exitCode: 0,
      stdout: 'closed',
    })
})
