import { closeSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import {
  megabyte,
  readAll,
  script,
  withHelper,
  writeMany,
  type CreateVolume,
  type DockerUnderTest,
} from './subject.ts'

/** How every helper must run scripts and move their data. */
export function helperScriptContract(subjectOf: () => DockerUnderTest, createVolume: CreateVolume): void {
  describe('a helper at work', () => {
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
  })
}

async function readToEnd(descriptor: number): Promise<{ readonly bytes: number; readonly start: string }> {
  try {
    return await readAll(descriptor)
  } finally {
    closeSync(descriptor)
  }
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
