import { closeSync, openSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, test } from 'vitest'
import { megabyte, readAll, type CreateVolume, type DockerUnderTest } from './subject.ts'

/** Ends what it started, and says so, when nobody holds its standard input any more. */
const leashed = `
exec 3<&0 </dev/null
sleep 600 & program=$!
( read _ <&3; kill $program ) & watch=$!
echo begun
wait $program
kill $watch 2>/dev/null
wait
exit 5`

/** How scripts run in a container that is not ours. */
export function executeContract(subjectOf: () => DockerUnderTest, createVolume: CreateVolume): void {
  describe('a script in a container of somebody else', () => {
    let container = ''
    beforeAll(async () => {
      const subject = subjectOf()
      const volume = await createVolume('theirs')
      const name = subject.name('theirs')
      await subject.container({ name, volume, readOnly: false, labels: {} })
      container = (await subject.docker.containers(volume))[0]?.id ?? ''
    })

    test('says how it ended and what it printed, and is given its arguments as they are', async () => {
      const args = ['', ' ', '-x', "it's", '"', '$HOME', '\\', 'line\nbreak', '*']
      const text = `printf '%s|' "$@"; echo err >&2; exit 7`
      expect(await subjectOf().docker.execute({ container, text, arguments: args })).toEqual({
        exitCode: 7,
        stdout: `${args.join('|')}|`,
        stderr: 'err\n',
      })
    })

    test('prints into a file that is given for it', async () => {
      const folder = await mkdtemp(path.join(tmpdir(), 'docker-vol-output-'))
      const file = path.join(folder, 'file')
      const output = openSync(file, 'w')
      const script = { container, text: 'echo printed; echo said >&2', arguments: [], output }
      expect(await subjectOf().docker.execute(script)).toEqual({ exitCode: 0, stdout: '', stderr: 'said\n' })
      closeSync(output)
      expect(await readFile(file, 'utf8')).toBe('printed\n')
      await rm(folder, { recursive: true })
    })

    test('cannot begin in a container that is not there', async () => {
      const nowhere = { container: 'no-such-container', text: 'true', arguments: [] }
      await expect(subjectOf().docker.execute(nowhere)).rejects.toMatchObject({ code: 'DOCKER_FAILED' })
      const piped = await subjectOf()
        .docker.executeReading(nowhere)
        .catch(() => undefined)
      if (piped === undefined) return
      await expect(piped.result).rejects.toMatchObject({ code: 'DOCKER_FAILED' })
      closeSync(piped.descriptor)
    })

    test('hands out a lot through its pipe without losing a byte', async () => {
      const text = 'head -c "$1" /dev/zero; echo done >&2; exit 3'
      const piped = await subjectOf().docker.executeReading({
        container,
        text,
        arguments: [String(100 * megabyte)],
      })
      expect((await readAll(piped.descriptor)).bytes).toBe(100 * megabyte)
      closeSync(piped.descriptor)
      expect(await piped.result).toEqual({ exitCode: 3, stdout: '', stderr: 'done\n' })
    })

    test('loses its leash when it is to be given up', async () => {
      const piped = await subjectOf().docker.executeReading({ container, text: leashed, arguments: [] })
      await sleep(500)
      piped.wake()
      expect((await piped.result).exitCode).toBe(5)
      closeSync(piped.descriptor)
    })

    test('loses its leash when the command is interrupted', async () => {
      const interruption = new AbortController()
      const docker = subjectOf().interruptible(interruption.signal)
      const running = docker.execute({ container, text: leashed, arguments: [] })
      setTimeout(() => interruption.abort(new Error('interrupted')), 500)
      const before = Date.now()
      await expect(running).rejects.toThrow('interrupted')
      expect(Date.now() - before).toBeLessThan(8000)
    })
  })
}
