import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { expectDone, expectSameTree } from './checks.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('plugin')

test('docker lists the plugin', async () => {
  const { stdout } = await bed.docker(
    'info',
    '--format',
    '{{range .ClientInfo.Plugins}}{{.Name}}={{.Version}} {{.Err}}\n{{end}}',
  )
  expect(stdout).toMatch(/^vol=v[\d.]+ <nil>$/m)
})

test('docker lists the command in its own help', async () => {
  expect((await bed.docker('--help')).stdout).toMatch(/^ {2}vol\*/m)
})

test('docker vol --help says the same as docker help vol', async () => {
  const help = expectDone(await bed.vol('--help'))
  expect(help).toMatch(/^Usage: {2}docker vol/m)
  expect((await bed.docker('help', 'vol')).stdout).toBe(help)
})

test('docker vol version names the version of the package and of the engine', async () => {
  const answer: unknown = JSON.parse(expectDone(await bed.vol('version', '--format', 'json')))
  const metadata: { Version: string } = JSON.parse(await readFile('plugin-metadata.json', 'utf8'))
  const { stdout } = await bed.docker('version', '--format', '{{.Server.Version}}')
  expect(answer).toMatchObject({ Version: metadata.Version.slice(1), Server: { Version: stdout.trim() } })
})

test('a listing tells trees apart by everything that a copy must keep', async () => {
  const volume = await bed.volume('listed')
  await bed.shell(
    volume,
    `printf one >a; ln a b; ln -s a link; mkfifo pipe; mknod null c 1 3; mkdir -m 2750 'odd name'
     truncate -s 10M sparse; chown 7:8 a; chmod 4711 a; touch -d @1.123456789 'odd name'`,
  )
  const listing = await bed.listing(volume)
  expect(Object.keys(listing.files)).toEqual(['.', 'a', 'b', 'link', 'null', 'odd name', 'pipe', 'sparse'])
  expect(listing.files['b']).toMatchObject({ mode: '4711', uid: 7, gid: 8, linkedWith: 'a', size: 3 })
  expect(listing.files['odd name']).toMatchObject({ type: 'directory', mode: '2750', modified: '1123456789' })
  expect(listing.files['null']).toMatchObject({ type: 'character', device: String(0x103) })
  expect(listing.allocated['sparse']).toBeLessThan(65_536)
  expectSameTree(await bed.listing(volume), listing)
  await bed.shell(volume, 'cat sparse >full; mv full sparse')
  expect(() => expectSameTree({ ...listing, allocated: { sparse: 10 * 1024 ** 2 } }, listing)).toThrow(
    'on disk',
  )
})
