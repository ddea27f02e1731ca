import { closeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Helper } from '../../src/docker/docker.ts'
import { accidentLabel } from '../../src/docker/leash.ts'
import { helperRequest, readAll, script, withHelper, writeMany, type DockerUnderTest } from './subject.ts'

type CreateVolume = (part: string) => Promise<string>

const megabyte = 1024 ** 2

/** What every helper must do. */
export function helperContract(subjectOf: () => DockerUnderTest, createVolume: CreateVolume): void {
  describe('a helper', () => {
    test('runs scripts, and says how they ended and what they printed', async () => {
      await withHelper(subjectOf(), await createVolume('run'), async (helper, folder) => {
        expect(await helper.run(script('echo out; echo err >&2; exit 7'))).toEqual({
          exitCode: 7,
          stdout: 'out\n',
          stderr: 'err\n',
        })
        expect(await helper.run(script('printf kept >"$1/file"', folder))).toMatchObject({ exitCode: 0 })
        expect((await helper.run(script('cat "$1/file"', folder))).stdout).toBe('kept')
      })
    })

    test.each([125, 126, 127, 137, 255])('hands on exit code %d of a script', async (code) => {
      await withHelper(subjectOf(), await createVolume('codes'), async (helper) => {
        expect(await helper.run(script(`exit ${code}`))).toMatchObject({ exitCode: code })
      })
    })

    test('hands arguments on as they are', async () => {
      const args = ['', ' ', '-x', '--', "it's", '"', '$HOME', '`id`', '\\', 'line\nbreak', 'ä', '*']
      await withHelper(subjectOf(), await createVolume('arguments'), async (helper) => {
        const { stdout } = await helper.run(script(`printf '%s|' "$@"`, ...args))
        expect(Buffer.from(stdout, 'latin1').toString()).toBe(`${args.join('|')}|`)
      })
    })

    test('hands every byte on', async () => {
      const bytes = Uint8Array.from({ length: 256 }, (_, index) => index)
      await withHelper(subjectOf(), await createVolume('bytes'), async (helper) => {
        const { stdout } = await helper.run({ ...script('cat'), input: [bytes] })
        expect(Buffer.from(stdout, 'latin1')).toEqual(Buffer.from(bytes))
        const { stderr } = await helper.run({ ...script('cat >&2'), input: [bytes] })
        expect(Buffer.from(stderr, 'latin1')).toEqual(Buffer.from(bytes))
      })
    })

    test('keeps names that are not UTF-8', async () => {
      await withHelper(subjectOf(), await createVolume('odd'), async (helper, folder) => {
        const make = String.raw`cd "$1" && touch "$(printf '\377\376')" "$(printf 'a\nb')" -- '-rf'`
        expect(await helper.run(script(make, folder))).toMatchObject({ exitCode: 0, stderr: '' })
        const { stdout } = await helper.run(script(`find "$1" -mindepth 1 -printf '%P\\0' | sort -z`, folder))
        expect(stdout).toBe('-rf\0a\nb\0\xff\xfe\0')
      })
    })

    test('gives a script without input an empty one', async () => {
      await withHelper(subjectOf(), await createVolume('input'), async (helper) => {
        expect(await helper.run(script('cat; echo end'))).toMatchObject({ exitCode: 0, stdout: 'end\n' })
        const piped = await helper.reading(script('cat; echo end'))
        expect(await readToEnd(piped.descriptor)).toMatchObject({ bytes: 4 })
      })
    })

    test('does not mind a script that leaves its input unread', async () => {
      const input = Array.from({ length: 64 }, () => new Uint8Array(64 * 1024))
      await withHelper(subjectOf(), await createVolume('unread'), async (helper) => {
        expect(await helper.run({ ...script('exit 3'), input })).toMatchObject({ exitCode: 3 })
      })
    })

    test('takes a script’s input while its output is read', async () => {
      await withHelper(subjectOf(), await createVolume('both'), async (helper) => {
        const piped = await helper.reading({ ...script('cat'), input: questions() })
        expect(await readToEnd(piped.descriptor)).toEqual({ bytes: 13, start: 'first\nsecond\n' })
        expect(await piped.result).toMatchObject({ exitCode: 0 })
      })
    })

    test('hands out a lot without losing a byte', async () => {
      await withHelper(subjectOf(), await createVolume('out'), async (helper) => {
        const piped = await helper.reading(
          script('head -c "$1" /dev/zero; echo done >&2', String(300 * megabyte)),
        )
        expect((await readToEnd(piped.descriptor)).bytes).toBe(300 * megabyte)
        expect(await piped.result).toEqual({ exitCode: 0, stdout: '', stderr: 'done\n' })
      })
    })

    test('takes in a lot without losing a byte', async () => {
      await withHelper(subjectOf(), await createVolume('in'), async (helper) => {
        const piped = await helper.writing(script('wc -c'))
        await writeMany(piped.descriptor, 300 * megabyte)
        closeSync(piped.descriptor)
        expect(await piped.result).toMatchObject({ exitCode: 0, stdout: `${300 * megabyte}\n` })
      })
    })

    test('hands on just what a script printed, however short it lives and however busy this process is', async () => {
      await withHelper(subjectOf(), await createVolume('short'), async (helper) => {
        for (let round = 0; round < 20; round++) {
          const opening = helper.reading(script('printf 12345'))
          if (round % 2 === 1) setImmediate(() => busyFor(150))
          expect(await readToEnd((await opening).descriptor)).toEqual({ bytes: 5, start: '12345' })
        }
      })
    })

    test('says how a script ended that never wrote to its pipe', async () => {
      await withHelper(subjectOf(), await createVolume('silent'), async (helper) => {
        const piped = await helper.reading(script('echo why >&2; exit 9'))
        expect(await readToEnd(piped.descriptor)).toMatchObject({ bytes: 0 })
        expect(await piped.result).toMatchObject({ exitCode: 9, stderr: 'why\n' })
      })
    })

    test('says how a script ended that never read from its pipe', async () => {
      await withHelper(subjectOf(), await createVolume('deaf'), async (helper) => {
        const piped = await helper.writing(script('echo why >&2; exit 9'))
        // Docker's own stream may take some of it, but not for ever.
        await expect(writeMany(piped.descriptor, 100 * megabyte)).rejects.toMatchObject({ code: 'EPIPE' })
        closeSync(piped.descriptor)
        expect(await piped.result).toMatchObject({ exitCode: 9, stderr: 'why\n' })
      })
    })

    test('does not wait for ever for a script that cannot even start', async () => {
      await withHelper(subjectOf(), await createVolume('syntax'), async (helper) => {
        for (const direction of ['reading', 'writing'] as const) {
          const piped = await helper[direction](script('if then fi ('))
          if (direction === 'writing') await writeMany(piped.descriptor, megabyte).catch(() => undefined)
          closeSync(piped.descriptor)
          expect((await piped.result).exitCode).toBeGreaterThan(0)
        }
      })
    })

    test('ends a script whose reader went away', async () => {
      await withHelper(subjectOf(), await createVolume('epipe'), async (helper) => {
        const piped = await helper.reading(script('exec cat /dev/zero'))
        closeSync(piped.descriptor)
        // What has gone wrong may be the script's pipe, or docker's.
        const ended = await piped.result.catch(() => undefined)
        expect(ended?.exitCode).not.toBe(0)
      })
    })

    test('wakes a read that waits for nothing', async () => {
      await withHelper(subjectOf(), await createVolume('wake'), async (helper) => {
        const piped = await helper.reading(script('sleep 600'))
        const reading = readAll(piped.descriptor)
        await sleep(200)
        await helper.close()
        piped.wake()
        await reading
        closeSync(piped.descriptor)
      })
    })

    test('is seen while it runs, and is gone when it was closed, twice if need be', async () => {
      const { docker } = subjectOf()
      const volume = await createVolume('closed')
      const request = helperRequest(subjectOf(), volume)
      const helper = await docker.startHelper(request)
      expect(await docker.containers(volume)).toMatchObject([
        { name: request.name, labels: request.labels, mounts: [{ volume, readOnly: false }] },
      ])
      await helper.close()
      await helper.close()
      expect(await docker.containers(volume)).toEqual([])
      await docker.removeVolume(volume)
    })

    test('closes although a script is still at work', async () => {
      const { docker } = subjectOf()
      const volume = await createVolume('at-work')
      const helper = await docker.startHelper(helperRequest(subjectOf(), volume))
      const running = helper.run(script('sleep 600')).catch(() => undefined)
      await sleep(300)
      await helper.close()
      await running
      expect(await docker.containers(volume)).toEqual([])
    })

    test('is refused while another of its name is at work', async () => {
      const { docker } = subjectOf()
      const request = helperRequest(subjectOf(), await createVolume('busy'))
      const first = await docker.startHelper(request)
      await expect(docker.startHelper(request)).rejects.toMatchObject({ code: 'BUSY' })
      // One that has just ended is waited for.
      setTimeout(() => void first.close(), 500)
      const second = await docker.startHelper(request)
      await second.close()
    })

    test('cannot be started from an image that is not there or that has no GNU tar', async () => {
      const volume = await createVolume('image')
      for (const image of subjectOf().unfitImages) {
        const request = helperRequest(subjectOf(), volume, { image })
        await expect(subjectOf().docker.startHelper(request)).rejects.toMatchObject({
          code: 'HELPER_IMAGE_NOT_FOUND',
        })
      }
      expect(await subjectOf().docker.containers(volume)).toEqual([])
    })

    test('marks a volume that it had to make itself', async () => {
      const { docker } = subjectOf()
      const volume = subjectOf().name('accident')
      const helper = await docker.startHelper(helperRequest(subjectOf(), volume))
      expect((await docker.volume(volume))?.labels).toHaveProperty(accidentLabel)
      await helper.close()
      await docker.removeVolume(volume)
    })

    test('reads one volume and writes another', async () => {
      const [from, to] = [await createVolume('from'), await createVolume('to')]
      await withHelper(subjectOf(), from, (helper, folder) => helper.run(script('echo 1 >"$1/file"', folder)))
      const mounts = [
        { volume: from, path: 'source', readOnly: true },
        { volume: to, path: 'volume', readOnly: false },
      ]
      const copy = 'cp -a "$1/file" "$2/" && cat "$2/file"'
      const { stdout } = await withHelper(
        subjectOf(),
        to,
        (helper, folder) => helper.run(script(copy, helper.path('source'), folder)),
        { mounts },
      )
      expect(stdout).toBe('1\n')
    })

    test('cannot write a volume that it is to read, nor reach a network', async (context) => {
      if (!subjectOf().confines) context.skip('only containers confine')
      const volume = await createVolume('confined')
      const mounts = [{ volume, path: 'volume', readOnly: true }]
      await withHelper(
        subjectOf(),
        volume,
        async (helper, folder) => {
          expect(await helper.run(script('touch "$1/file"', folder))).toMatchObject({ exitCode: 1 })
          expect((await helper.run(script('ls /sys/class/net'))).stdout).toBe('lo\n')
        },
        { mounts },
      )
    })

    test.each(['run', 'reading', 'writing'] as const)('gives up %s when it is interrupted', async (act) => {
      const interrupt = new AbortController()
      const docker = subjectOf().interruptible(interrupt.signal)
      const volume = await createVolume('interrupted')
      const helper = await docker.startHelper(helperRequest(subjectOf(), volume))
      onTestFinished(() => helper.close())
      const start = Date.now()
      const given = interruptedWork(act, helper)
      await sleep(500)
      interrupt.abort(new Error('interrupted'))
      await expect(given).rejects.toThrow('interrupted')
      await expect.poll(() => subjectOf().docker.containers(volume), { timeout: 5000 }).toEqual([])
      expect(Date.now() - start).toBeLessThan(6000)
      await expect(helper.run(script('true'))).rejects.toThrow('interrupted')
    })

    test('is not started for a command that was interrupted', async () => {
      const volume = await createVolume('too-late')
      const docker = subjectOf().interruptible(AbortSignal.abort(new Error('interrupted')))
      await expect(docker.startHelper(helperRequest(subjectOf(), volume))).rejects.toThrow('interrupted')
      expect(await subjectOf().docker.containers(volume)).toEqual([])
    })

    test('leaves nothing behind when it is interrupted while it starts', async () => {
      const volume = await createVolume('starting')
      for (const delay of [0, 20, 80, 150, 250]) {
        const interrupt = new AbortController()
        const docker = subjectOf().interruptible(interrupt.signal)
        const starting = docker.startHelper(helperRequest(subjectOf(), volume)).then(
          (helper) => helper.close(),
          (error: unknown) => expect(error).toHaveProperty('message', 'interrupted'),
        )
        await sleep(delay)
        interrupt.abort(new Error('interrupted'))
        await starting
        await expect.poll(() => subjectOf().docker.containers(volume), { timeout: 5000 }).toEqual([])
      }
    })
  })
}

async function readToEnd(descriptor: number): Promise<{ readonly bytes: number; readonly start: string }> {
  try {
    return await readAll(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** Something that would never end by itself. */
async function interruptedWork(act: 'run' | 'reading' | 'writing', helper: Helper) {
  if (act === 'run') return await helper.run(script('sleep 600'))
  const piped = await helper[act](script(act === 'reading' ? 'echo begin; exec sleep 600' : 'exec sleep 600'))
  try {
    if (act === 'reading') await readAll(piped.descriptor)
    else await writeMany(piped.descriptor, 100 * megabyte).catch(() => undefined)
  } finally {
    closeSync(piped.descriptor)
  }
  return await piped.result
}

async function* questions(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('first\n')
  await sleep(300)
  yield Buffer.from('second\n')
}

function busyFor(milliseconds: number): void {
  const end = Date.now() + milliseconds
  while (Date.now() < end);
}
