import { describe, expect, test } from 'vitest'
import { memoryFiles } from '../../compose/files.ts'
import type { ComposeChange } from './change.ts'
import { diffOf, proposeChange, type ComposeProposal } from './propose.ts'

const folder = '/shop'
const main = 'compose.yaml'

/** From 17 to 18: another image, and another place of the mount. */
const to18: ComposeChange = {
  volume: 'shop_pgdata',
  services: ['db'],
  image: 'postgres:18',
  mountTarget: '/var/lib/postgresql',
  dataDirectory: '/var/lib/postgresql/18/docker',
  imageDataDirectory: '/var/lib/postgresql/18/docker',
}

/** From 13 to 17: another image, nothing else. */
const to17: ComposeChange = {
  ...to18,
  image: 'postgres:17',
  mountTarget: '/var/lib/postgresql/data',
  dataDirectory: '/var/lib/postgresql/data',
  imageDataDirectory: '/var/lib/postgresql/data',
}

type Given = {
  readonly files: Readonly<Record<string, string>>
  /** The files that Compose was given; `compose.yaml` by itself else. */
  readonly named?: readonly string[]
  readonly change?: ComposeChange
  readonly environment?: Readonly<Record<string, string>>
}

async function proposed({
  files,
  named = [main],
  change = to18,
  environment = {},
}: Given): Promise<ComposeProposal> {
  const contents = Object.fromEntries(
    Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]),
  )
  return await proposeChange(
    {
      project: 'shop',
      files: named.map((name) => `${folder}/${name}`),
      directory: folder,
      environmentFiles: [],
      services: change.services,
    },
    change,
    { files: memoryFiles(contents), environment, nameOf: (file) => file.replace(`${folder}/`, '') },
  )
}

/** The files afterwards, of a change that leaves nothing to be done by hand. */
async function after(given: Given): Promise<Readonly<Record<string, string>>> {
  const { changes, byHand } = await proposed(given)
  expect(byHand).toEqual([])
  return Object.fromEntries(changes.map(({ name, after: text }) => [name, text]))
}

const compose = (service: string, rest = 'volumes:\n  pgdata:\n') => `services:\n  db:\n${service}${rest}`

/** A service with one mount. */
const withMount = (mount: string, image: string) =>
  compose(`    image: ${image}\n    volumes:\n      ${mount}\n`)

/** A service with an environment. */
const withEnvironment = (environment: string) =>
  compose(
    `    image: postgres:17\n    environment:${environment}\n    volumes:\n      - pgdata:/var/lib/postgresql/data\n`,
  )
const moved = (text: string) =>
  text.replace('postgres:17', 'postgres:18').replace('/postgresql/data\n', '/postgresql\n')

/** A service with an image. */
const withImage = (image: string) =>
  compose(`    image: ${image}\n    volumes: [pgdata:/var/lib/postgresql/data]\n`)
const saidOf = async (given: Omit<Given, 'change'>) => {
  const { byHand, changes } = await proposed({ ...given, change: to17 })
  expect(changes).toEqual([])
  return byHand
}

const byHandOf = async (files: Readonly<Record<string, string>>, change = to18) =>
  (await proposed({ files, change })).byHand

describe('image and mount', () => {
  test('must change to what was migrated to, and comments, quotes, order and line ends must stay', async () => {
    const text = [
      '# The shop.',
      'services:   # all of them',
      '',
      "  'db':",
      '      image: "postgres:17"   # pinned',
      '      volumes: [ "pgdata:/var/lib/postgresql/data:rw" , ./init.sql:/docker-entrypoint-initdb.d/init.sql:ro ]',
      '  web:  {image: nginx:1.29}',
      '',
      'volumes: {pgdata: }',
      '',
    ]
    const changed = await after({ files: { [main]: text.join('\r\n') } })
    const wanted = text
      .with(4, '      image: "postgres:18"   # pinned')
      .with(
        5,
        '      volumes: [ "pgdata:/var/lib/postgresql:rw" , ./init.sql:/docker-entrypoint-initdb.d/init.sql:ro ]',
      )
    expect(changed).toEqual({ [main]: wanted.join('\r\n') })
  })

  test.each([
    ['short', '- pgdata:/var/lib/postgresql/data', '- pgdata:/var/lib/postgresql'],
    ['with a slash at its end', '- pgdata:/var/lib/postgresql/data/', '- pgdata:/var/lib/postgresql'],
    ['quoted', `- 'pgdata:/var/lib/postgresql/data:z'`, `- 'pgdata:/var/lib/postgresql:z'`],
    [
      'long',
      '- type: volume\n        source: pgdata # the rows\n        target: /var/lib/postgresql/data\n        volume: {nocopy: true}',
      '- type: volume\n        source: pgdata # the rows\n        target: /var/lib/postgresql\n        volume: {nocopy: true}',
    ],
    [
      'in one line',
      '- {type: volume, source: pgdata, target: "/var/lib/postgresql/data"}',
      '- {type: volume, source: pgdata, target: "/var/lib/postgresql"}',
    ],
    [
      'whose source is a variable',
      '- ${DATA:-pgdata}:/var/lib/postgresql/data',
      '- ${DATA:-pgdata}:/var/lib/postgresql',
    ],
  ])('a mount that is %s must be written as it was', async (_how, before, then) => {
    expect(await after({ files: { [main]: withMount(before, 'postgres:17') } })).toEqual({
      [main]: withMount(then, 'postgres:18'),
    })
  })

  test.each([
    [
      'a byte order mark',
      `\ufeff${compose('    image: postgres:17\n    volumes: ["pgdata:/var/lib/postgresql/data"]\n')}`,
    ],
    [
      'a document that is begun and ended',
      `%YAML 1.2\n---\n${compose('    image: postgres:17\n    volumes: ["pgdata:/var/lib/postgresql/data"]\n')}...\n`,
    ],
    [
      'no line end at its end',
      compose('    image: postgres:17\n    volumes: ["pgdata:/var/lib/postgresql/data"]\n').trimEnd(),
    ],
    [
      'all of it in one line',
      '{services: {db: {image: postgres:17, volumes: [pgdata:/var/lib/postgresql/data]}}, volumes: {pgdata: {}}}',
    ],
    [
      'a digest',
      compose('    image: postgres:17@sha256:00\n    volumes: ["pgdata:/var/lib/postgresql/data"]\n'),
    ],
  ])('a file with %s must stay one', async (_what, text) => {
    expect(await after({ files: { [main]: text } })).toEqual({
      [main]: text
        .replace(/postgres:17(@sha256:00)?/, 'postgres:18')
        .replace('/postgresql/data', '/postgresql'),
    })
  })

  test('values in block scalars must be left to a person', async () => {
    const text = compose('    image: >-\n      postgres:17\n    volumes: ["pgdata:/var/lib/postgresql"]\n')
    const { changes, byHand } = await proposed({ files: { [main]: text } })
    expect(changes).toEqual([])
    expect(byHand[0]).toMatch(/^compose\.yaml:3: the image of db is .*; let it come to postgres:18\.$/s)
  })

  test('what is right already must not be touched', async () => {
    const text = compose('    image: postgres:13 # old\n    volumes: [pgdata:/var/lib/postgresql/data]\n')
    expect(await after({ files: { [main]: text }, change: to17 })).toEqual({
      [main]: text.replace('postgres:13', 'postgres:17'),
    })
    const done = text.replace('postgres:13', 'postgres:17')
    expect(await after({ files: { [main]: done }, change: to17 })).toEqual({})
  })

  test('a volume must be found by the name that it has on the engine', async () => {
    const text =
      'services:\n  db:\n    image: postgres:17\n    volumes: ["data:/var/lib/postgresql/data"]\nvolumes:\n'
    for (const declared of [
      '  data: {name: shop_pgdata}\n',
      '  data:\n    external: true\n    name: shop_pgdata\n',
      '  data:\n    name: ${NAME:-shop_pgdata}\n',
    ])
      expect(await after({ files: { [main]: text + declared } })).toEqual({
        [main]: text.replace(':17', ':18').replace('/postgresql/data', '/postgresql') + declared,
      })
  })
})

describe('the data directory', () => {
  const change = { ...to18, dataDirectory: '/var/lib/postgresql/18/docker' }

  test.each([
    [
      'a mapping',
      '\n      PGDATA: /var/lib/postgresql/data/pgdata # why',
      '\n      PGDATA: /var/lib/postgresql/18/docker # why',
    ],
    [
      'a list',
      '\n      - "PGDATA=/var/lib/postgresql/data/pgdata"\n      - A=b',
      '\n      - "PGDATA=/var/lib/postgresql/18/docker"\n      - A=b',
    ],
  ])('must follow the data in %s', async (_form, before, then) => {
    expect(await after({ files: { [main]: withEnvironment(before) }, change })).toEqual({
      [main]: moved(withEnvironment(then)),
    })
  })

  test.each([
    ['a mapping', '\n      A: b', '\n      PGDATA: /var/lib/postgresql/data/db\n      A: b'],
    ['a list', '\n      - A=b', '\n      - PGDATA=/var/lib/postgresql/data/db\n      - A=b'],
    ['a list in one line', ' [A=b]', ' [PGDATA=/var/lib/postgresql/data/db, A=b]'],
  ])('must be said in %s where the image has another', async (_form, before, then) => {
    const text = withEnvironment(before)
    const kept = { ...to17, dataDirectory: '/var/lib/postgresql/data/db' }
    expect(await after({ files: { [main]: text }, change: { ...kept, image: 'postgres:17' } })).toEqual({
      [main]: withEnvironment(then),
    })
  })

  test('must be said for a service without any environment', async () => {
    const text = compose('    image: postgres:17\n    volumes: [pgdata:/var/lib/postgresql/data]\n')
    const kept = { ...to17, dataDirectory: '/var/lib/postgresql/data/db' }
    expect(await after({ files: { [main]: text }, change: kept })).toEqual({
      [main]: text.replace('    image', '    environment: {PGDATA: /var/lib/postgresql/data/db}\n    image'),
    })
  })

  test('must go before the one of a file of variables', async () => {
    const text = compose(
      '    image: postgres:17\n    env_file: [db.env]\n    volumes: [pgdata:/var/lib/postgresql/data]\n',
    )
    const files = { [main]: text, 'db.env': 'PGDATA=/var/lib/postgresql/data/pgdata\n' }
    const changed = await after({ files })
    expect(changed[main]).toContain('    environment: {PGDATA: /var/lib/postgresql/18/docker}\n')
    expect(Object.keys(changed)).toEqual([main])
  })
})

describe('another volume', () => {
  const change = { ...to18, into: 'pgdata18' }

  test('must be declared as one that Compose did not make, and mounted', async () => {
    const text = compose(
      '    image: postgres:17\n    volumes:\n      - pgdata:/var/lib/postgresql/data\n',
      'volumes:\n  # The rows.\n  pgdata:\n    labels: {a: b}\n',
    )
    expect(await after({ files: { [main]: text }, change })).toEqual({
      [main]: text
        .replace(':17', ':18')
        .replace('pgdata:/var/lib/postgresql/data', 'pgdata18:/var/lib/postgresql')
        .replace('  pgdata:', '  pgdata18: {external: true}\n  pgdata:'),
    })
  })

  test('must be taken by the key that it has already', async () => {
    const text = compose(
      '    image: postgres:17\n    volumes:\n      - pgdata:/var/lib/postgresql/data\n',
      'volumes:\n  pgdata:\n  new: {name: pgdata18, external: true}\n',
    )
    expect(await after({ files: { [main]: text }, change })).toEqual({
      [main]: text
        .replace(':17', ':18')
        .replace('pgdata:/var/lib/postgresql/data', 'new:/var/lib/postgresql'),
    })
  })

  test('must not be confused with one of the project that has its name as a key', async () => {
    const text = compose(
      '    image: postgres:17\n    volumes: [pgdata:/var/lib/postgresql/data]\n',
      'volumes: {pgdata: {}, pgdata18: {}}\n',
    )
    const { changes, byHand } = await proposed({ files: { [main]: text }, change })
    expect(changes).toEqual([])
    expect(byHand).toEqual([
      'The files declare another volume as "pgdata18": declare this one under another key.',
    ])
  })
})

describe('several files', () => {
  const base = compose('    image: postgres:16\n    volumes:\n      - pgdata:/var/lib/postgresql/data\n')

  test('a value must change where it holds: in the last file that says it', async () => {
    const override = 'services:\n  db:\n    image: postgres:17\n    ports: ["5432:5432"]\n'
    const files = { [main]: base, 'compose.override.yaml': override }
    expect(await after({ files, named: [main, 'compose.override.yaml'] })).toEqual({
      [main]: base.replace('/postgresql/data', '/postgresql'),
      'compose.override.yaml': override.replace(':17', ':18'),
    })
  })

  test('a mount that is written in two of them must change in both, so that it stays one', async () => {
    const override = 'services:\n  db:\n    volumes: ["pgdata:/var/lib/postgresql/data:rw"]\n'
    const files = { [main]: base, 'compose.override.yaml': override }
    expect(await after({ files, named: [main, 'compose.override.yaml'] })).toEqual({
      [main]: base.replace(':16', ':18').replace('/postgresql/data', '/postgresql'),
      'compose.override.yaml': override.replace('/postgresql/data', '/postgresql'),
    })
  })

  test('what is included or extended must change in its own file, with a word about others', async () => {
    const including = { [main]: 'include: [db/compose.yaml]\n', 'db/compose.yaml': base }
    expect(await after({ files: including })).toEqual({
      'db/compose.yaml': base.replace(':16', ':18').replace('/postgresql/data', '/postgresql'),
    })
    const service =
      'services:\n  any:\n    image: postgres:16\n    volumes: ["pgdata:/var/lib/postgresql/data"]\n'
    const extending = {
      [main]: compose('    extends: {file: base.yaml, service: any}\n    restart: always\n'),
      'base.yaml': service,
    }
    const { notes } = await proposed({ files: extending })
    expect(notes).toEqual(['base.yaml may belong to other projects as well: they get the change, too.'])
    expect(await after({ files: extending })).toEqual({
      'base.yaml': service.replace(':16', ':18').replace('/postgresql/data', '/postgresql'),
    })
  })
})

describe('what several share', () => {
  test('through an anchor must change in its place when nobody else uses it', async () => {
    const text =
      'x-db: &db\n  image: postgres:17\n  volumes: ["pgdata:/var/lib/postgresql/data"]\nservices:\n  db:\n    <<: *db\n    restart: always\nvolumes:\n  pgdata:\n'
    expect(await after({ files: { [main]: text } })).toEqual({
      [main]: text.replace(':17', ':18').replace('/postgresql/data', '/postgresql'),
    })
  })

  test('must stay as it is for the others: a service gets an image of its own', async () => {
    const text =
      'x-db: &db\n  image: postgres:13\nservices:\n  db:\n    <<: *db\n    volumes: ["pgdata:/var/lib/postgresql/data"]\n  other:\n    <<: *db\n    read_only: true\nvolumes:\n  pgdata:\n'
    const { notes } = await proposed({ files: { [main]: text }, change: to17 })
    expect(await after({ files: { [main]: text }, change: to17 })).toEqual({
      [main]: text.replace('    volumes', '    image: postgres:17\n    volumes'),
    })
    expect(notes).toEqual([
      'other runs postgres:13, too: programs like pg_dump refuse a server that is newer than they are.',
    ])
  })

  test('by extending one service must stay as it is for the others', async () => {
    const files = {
      [main]:
        "services:\n  db:\n    extends: {file: base.yaml, service: any}\n    volumes: ['pgdata:/var/lib/postgresql/data']\n  us: {extends: {file: base.yaml, service: any}, tty: true}\nvolumes:\n  pgdata:\n",
      'base.yaml': 'services:\n  any:\n    image: postgres:13\n    restart: always\n',
    }
    const text = files[main] ?? ''
    expect(await after({ files, change: to17 })).toEqual({
      [main]: text.replace('    extends', '    image: postgres:17\n    extends'),
    })
    const us = text
      .replace('  db:', '  eu:')
      .replace('  us:', '  db:')
      .replace('tty: true', 'volumes: [pgdata:/var/lib/postgresql/data]')
    expect(await after({ files: { ...files, [main]: us }, change: to17 })).toEqual({
      [main]: us.replace(
        '{extends: {file: base.yaml, service: any}, v',
        '{image: postgres:17, extends: {file: base.yaml, service: any}, v',
      ),
    })
  })

  test('as an alias of another value must not change for the others', async () => {
    const text =
      'services:\n  other:\n    image: &pg postgres:17\n  db:\n    image: *pg\n    volumes: ["pgdata:/var/lib/postgresql"]\nvolumes: {pgdata: }\n'
    const { changes, byHand } = await proposed({ files: { [main]: text } })
    expect(changes).toEqual([])
    expect(byHand).toEqual(['compose.yaml:3: the image of db is postgres:17; let it come to postgres:18.'])
  })

  test('and all of its users want must change once', async () => {
    const text =
      'x-db: &db\n  image: postgres:17\nservices:\n  db: {<<: *db, volumes: ["pgdata:/var/lib/postgresql/data"]}\n  twin: {<<: *db, volumes: ["pgdata:/var/lib/postgresql/data"], profiles: [twin]}\nvolumes: {pgdata: }\n'
    const change = { ...to18, services: ['db', 'twin'] }
    expect(await after({ files: { [main]: text }, change })).toEqual({
      [main]: text.replace(':17', ':18').replaceAll('/postgresql/data', '/postgresql'),
    })
  })

  test('and cannot be had otherwise is left to a person, with the place', async () => {
    const text =
      'x-volumes: &volumes ["pgdata:/var/lib/postgresql/data"]\nservices:\n  db:\n    image: postgres:17\n    volumes: *volumes\n  backup:\n    image: alpine\n    volumes: *volumes\nvolumes:\n  pgdata:\n'
    const { byHand, notes } = await proposed({ files: { [main]: text } })
    expect(byHand).toEqual([
      'compose.yaml:1: the mount of db is pgdata:/var/lib/postgresql/data; let it come to pgdata:/var/lib/postgresql.',
    ])
    expect(notes).toEqual([
      'backup mounts shop_pgdata as well, at /var/lib/postgresql/data: see whether it can do with what is in it now.',
    ])
  })
})

describe('variables', () => {
  test('with a default must be left to a person, who is told the value and the place', async () => {
    expect(await saidOf({ files: { [main]: withImage('postgres:${PG_MAJOR:-15}') } })).toEqual([
      'compose.yaml:3: the image of db is postgres:${PG_MAJOR:-15}; set PG_MAJOR to 17, or write that in the place of the default 15.',
    ])
  })

  test('that a file sets must be named with that line', async () => {
    const files = {
      [main]: withImage('"${PG_IMAGE?}"'),
      '.env': '# PG_IMAGE=postgres:9\nTZ=UTC\nPG_IMAGE=postgres:15\n',
    }
    expect(await saidOf({ files })).toEqual([
      'compose.yaml:3: the image of db is ${PG_IMAGE?}; set PG_IMAGE to postgres:17, which is set in .env:3.',
    ])
    expect(await saidOf({ files, environment: { PG_IMAGE: 'postgres:14' } })).toEqual([
      'compose.yaml:3: the image of db is ${PG_IMAGE?}; set PG_IMAGE to postgres:17, which is set to postgres:14 in the environment that Compose is called in.',
    ])
  })

  test('between words that are others in the new image, or several, must be said as a whole', async () => {
    expect(await saidOf({ files: { [main]: withImage('postgres:${V:-15}-alpine') } })).toEqual([
      'compose.yaml:3: the image of db is postgres:${V:-15}-alpine; write postgres:17 instead of it.',
    ])
    expect(await saidOf({ files: { [main]: withImage('${R:-postgres}:${V:-15}') } })).toEqual([
      'compose.yaml:3: the image of db is ${R:-postgres}:${V:-15}; let it come to postgres:17.',
    ])
  })

  test('in the place of a mount must be left to a person', async () => {
    const text = compose(
      '    image: postgres:18\n    volumes: ["pgdata:${WHERE:-/var/lib/postgresql/data}"]\n',
    )
    const { byHand, changes } = await proposed({ files: { [main]: text } })
    expect(changes).toEqual([])
    expect(byHand).toEqual([
      'compose.yaml:4: the mount of db is pgdata:${WHERE:-/var/lib/postgresql/data}; set WHERE to /var/lib/postgresql, or write that in the place of the default /var/lib/postgresql/data.',
    ])
  })
})

describe('where there is nothing to edit', () => {
  test('files that are not here, or cannot be read, must be answered with what to write', async () => {
    const text = [
      'Let db run the image postgres:18.',
      'Mount the volume shop_pgdata there at /var/lib/postgresql.',
      'Leave PGDATA out of its environment.',
    ]
    expect(await byHandOf({})).toEqual(text)
    expect((await byHandOf({ [main]: 'services: [' })).slice(1)).toEqual(text)
  })

  test.each([
    [
      'a volume of another name',
      'services: {db: {image: "postgres:17"}}\nvolumes: {data: }\n',
      'None of the volumes in its files is called shop_pgdata.',
    ],
    [
      'a service that is gone',
      'services: {database: {image: "postgres:17"}}\nvolumes: {pgdata: }\n',
      'The service db is not in the files any more.',
    ],
    [
      'a mount that is gone',
      'services: {db: {image: "postgres:18"}}\nvolumes: {pgdata: }\n',
      'db does not mount the volume any more.',
    ],
    [
      'an image that is built',
      'services: {db: {build: ., volumes: ["pgdata:/var/lib/postgresql"]}}\nvolumes: {pgdata: }\n',
      'The image of db is built: let its Dockerfile begin with FROM postgres:18, and build it anew.',
    ],
  ])('%s must be told', async (_what, text, message) => {
    expect(await byHandOf({ [main]: text })).toEqual([message])
  })
})

test('the diff must show what changes as patch takes it', async () => {
  const text = compose('    image: postgres:17\n    volumes:\n      - pgdata:/var/lib/postgresql/data\n')
  expect(diffOf(await proposed({ files: { [main]: text } }))).toBe(`--- a/compose.yaml
+++ b/compose.yaml
@@ -1,7 +1,7 @@
 services:
   db:
-    image: postgres:17
+    image: postgres:18
     volumes:
-      - pgdata:/var/lib/postgresql/data
+      - pgdata:/var/lib/postgresql
 volumes:
   pgdata:
`)
})
