/** Defects of containers, made for real in one project and mended in another. */
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { auditOf, foundBy, saidBy, type AuditReport } from './audit-findings.ts'
import type { Compose } from './compose.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('audit-containers')

const settings = 'limits:\n  layer-size: 1MB\n'

/** Does something, then waits. */
const service = (script: string, more: object = {}) => ({
  image: bed.images.debian,
  pull_policy: 'never',
  init: true,
  command: ['sh', '-c', `${script}; sleep infinity`],
  ...more,
})

let bad: Compose
let good: Compose
let found: AuditReport
let clean: AuditReport

beforeAll(async () => {
  bad = await bed.compose({
    services: {
      anonymous: service('echo >/srv/files/one', { volumes: ['/srv/files'] }),
      layer: {
        ...service('sqlite3 /srv/app.sqlite3 "create table t(x); insert into t values (1)"'),
        image: bed.images.sqlite,
      },
      large: service('head -c 3000000 /dev/urandom >/srv/upload.bin'),
      hides: service(':', { volumes: ['./settings:/etc/apt:ro'] }),
      stale: service(':', { volumes: ['code:/etc/apt'] }),
      owner: service(':', { user: '1000:1000', volumes: ['data:/data'] }),
      named: service(':', { user: 'nobody', volumes: ['data:/data'] }),
      nested: service(':', { volumes: ['outer:/outer', 'inner:/outer/uploads'] }),
    },
    volumes: { code: null, data: null, outer: null, inner: null },
  })
  good = await bed.compose({
    services: {
      anonymous: service('echo >/srv/files/one', { volumes: ['files:/srv/files'] }),
      empty: service(':', { volumes: ['/srv/empty'] }),
      layer: {
        ...service('sqlite3 /srv/app.sqlite3 "create table t(x); insert into t values (1)"', {
          volumes: ['sqlite:/srv'],
        }),
        image: bed.images.sqlite,
      },
      large: service('head -c 3000000 /dev/urandom >/var/log/app.log; head -c 3000000 /dev/urandom >/tmp/x'),
      hides: service(':', { volumes: ['./settings:/srv/settings:ro'] }),
      stale: service(':', { volumes: ['code:/etc/apt'] }),
      owner: service(':', { user: '1000:1000', volumes: ['data:/data'] }),
      named: service(':', { user: 'nobody', volumes: ['data:/data:ro'] }),
      part: service(':', {
        user: '1000:1000',
        volumes: [{ type: 'volume', source: 'parts', target: '/data', volume: { subpath: 'mine' } }],
      }),
      nested: service(':', { volumes: ['outer:/outer', 'inner:/outer/uploads'] }),
    },
    volumes: {
      files: null,
      sqlite: null,
      code: null,
      data: null,
      parts: null,
      outer: null,
      inner: null,
    },
  })
  for (const { folder } of [bad, good]) {
    await mkdir(path.join(folder, 'settings'))
    await writeFile(path.join(folder, 'settings', 'one'), '')
    await writeFile(path.join(folder, '.docker-vol.yaml'), settings)
  }
  await Promise.all([bad.run('create'), good.run('create')])
  // A volume that an older image filled, and one that belongs to the user who writes it.
  await bed.shell(bad.volume('code'), 'rm -rf ./*; echo >of-an-older-image')
  await bed.shell(good.volume('data'), 'chown 1000:1000 .')
  await bed.shell(good.volume('parts'), 'mkdir mine; chown 1000:1000 mine')
  await bed.shell(bad.volume('outer'), 'mkdir uploads; echo >uploads/photo.jpg')
  await Promise.all([bad.up(), good.up()])
  found = await auditOf(bed, bad)
  clean = await auditOf(bed, good)
})

test('containers of the project must be looked at without being asked', () => {
  expect([found.Live, clean.Live]).toEqual([true, true])
  expect([...found.Notes, ...clean.Notes]).toEqual([])
})

describe('what is wrong must be found, with the place in the file', () => {
  test('data in an anonymous volume', () => {
    expect(foundBy(found, 'data-in-anonymous-volume')).toEqual(['info anonymous'])
    const { File, Line, Target } =
      found.Findings.find(({ Rule }) => Rule === 'data-in-anonymous-volume') ?? {}
    expect([path.basename(File ?? ''), Target]).toEqual(['compose.yaml', '/srv/files'])
    expect(Line).toBeGreaterThan(1)
  })

  test("data in the container's own layer, with its size and its paths", () => {
    expect(foundBy(found, 'data-in-container-layer')).toEqual(['warning large', 'warning layer'])
    expect(saidBy(found, 'data-in-container-layer', 'layer')).toContain('/srv/app.sqlite3')
    expect(saidBy(found, 'data-in-container-layer', 'large')).toMatch(/3MB.*\/srv\/upload\.bin/)
  })

  test('files of the image that a mount hides, by name', () => {
    expect(foundBy(found, 'mount-hides-image-files')).toEqual(['info hides', 'info stale'])
    for (const about of ['hides', 'stale'])
      expect(saidBy(found, 'mount-hides-image-files', about)).toContain('sources.list')
  })

  test('a volume that the user of the container does not own', () => {
    expect(foundBy(found, 'mount-not-owned-by-user')).toEqual(['warning named', 'warning owner'])
    expect(saidBy(found, 'mount-not-owned-by-user', 'owner')).toContain('0:0 with mode 755')
  })
})

test('what a volume holds below another mount must be found', () => {
  expect(foundBy(found, 'mount-hides-mounted-data')).toEqual(['warning nested'])
  expect(saidBy(found, 'mount-hides-mounted-data', 'nested')).toContain('/outer/uploads')
})

describe('nothing must be said where all is well', () => {
  test.each([
    'data-in-anonymous-volume',
    'data-in-container-layer',
    'mount-hides-image-files',
    'mount-hides-mounted-data',
    'mount-not-owned-by-user',
  ])('%s', (rule) => {
    expect(foundBy(clean, rule)).toEqual([])
  })
})

test('an audit must change nothing on the engine', async () => {
  const state = async () => [
    (
      await bed.docker(
        'ps',
        '--all',
        '--no-trunc',
        '--filter',
        `name=${bad.project}`,
        '--format',
        '{{.ID}} {{.State}}',
      )
    ).stdout,
    (await bed.docker('volume', 'ls', '--filter', `name=${bad.project}`, '--quiet')).stdout,
    await bed.listing(bad.volume('data')),
    await bed.listing(bad.volume('code')),
  ]
  const before = await state()
  await auditOf(bed, bad)
  expect(await state()).toEqual(before)
  const helpers = await bed.docker(
    'ps',
    '--all',
    '--quiet',
    '--filter',
    `volume=${bad.volume('data')}`,
    '--filter',
    'label=docker-vol.operation',
  )
  expect(helpers.stdout).toBe('')
})

test('--no-live must not ask the engine, and --live must fail without one', async () => {
  expect((await auditOf(bed, bad, '--no-live')).Live).toBe(false)
  const nowhere = { environment: { DOCKER_HOST: 'unix:///there/is/no/engine.sock' } }
  const unasked = await bed.vol('audit', '--format=json', bad.file, nowhere)
  expect(JSON.parse(unasked.stdout)).toMatchObject({ Live: false, Notes: [] })
  expect((await bed.vol('audit', '--live', bad.file, nowhere)).exitCode).toBe(6)
  expect((await bed.vol('audit', '--all', nowhere)).exitCode).toBe(6)
})
