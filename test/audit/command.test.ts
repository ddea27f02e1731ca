/** The command as scripts use it, without Compose. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { rules } from '../../src/audit/rules/index.ts'
import { memoryTerminal, runInProcess } from '../../src/cli/in-process.ts'

let folder = ''
const write = (name: string, text: string) => writeFileSync(path.join(folder, name), text)
const read = (name: string) => readFileSync(path.join(folder, name), 'utf8')
const audit = async (...args: readonly string[]) => await runInProcess(['audit', ...args, folder])

const warning = 'name: shop\nservices:\n  app:\n    image: example/app\n    volumes:\n      - /data\n'
const info = 'name: shop\nservices:\n  app:\n    image: example/app\n    tmpfs: /tmp\n'
const clean = 'name: shop\nservices:\n  app:\n    image: example/app\n'

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'docker-vol-audit-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('the exit code', () => {
  test.each([
    [clean, [], 0],
    [info, [], 0],
    [info, ['--fail-on=info'], 3],
    [warning, [], 3],
    [warning, ['--fail-on=error'], 0],
    [warning, ['--fail-on=never'], 0],
    ['services: [', [], 1],
    [clean, ['--dry-run'], 2],
    [clean, ['--explain=no-such-rule'], 2],
  ])('%j %j must be %i', async (compose, args, exit) => {
    write('compose.yaml', compose)
    expect((await audit(...args)).exit).toBe(exit)
  })

  test('a file that is not there must fail and be named', async () => {
    const { exit, stderr } = await runInProcess(['audit', path.join(folder, 'nowhere.yaml')])
    expect(exit).toBe(1)
    expect(stderr).toContain('nowhere.yaml')
  })
})

test('standard input must be read, and nothing said about files beside it', async () => {
  const stdin = Readable.from([Buffer.from(`${warning}      - ./nginx.conf:/etc/nginx/nginx.conf:ro\n`)])
  const { stdout } = await runInProcess(['audit', '--format=github', '-'], {
    terminal: memoryTerminal({ stdin }),
  })
  expect(stdout).toMatch(
    /^::warning file=-,line=6,endLine=6,col=9,endColumn=14,title=anonymous-volume::.*\n$/,
  )
})

test('results must be all of standard output, and notes go elsewhere', async () => {
  write('compose.yaml', warning.replace('example/app', 'example/app:${TAG}'))
  const { stdout, stderr } = await audit('--format=json')
  expect(JSON.parse(stdout)).toMatchObject({
    SchemaVersion: 1,
    Project: 'shop',
    ResolvedBy: 'docker vol',
    Summary: { error: 0, warning: 1, info: 0, accepted: 0 },
    Findings: [
      { Rule: 'anonymous-volume', Service: 'app', Target: '/data', Line: 6, Column: 9, Fixable: false },
    ],
  })
  expect(stderr).toBe('')
  expect((await audit()).stderr).toContain('TAG')
})

describe('which files', () => {
  test('the override must be taken as Compose takes it, and .env put in', async () => {
    write('compose.yaml', 'name: shop\nservices:\n  db:\n    image: postgres:${PG}\n')
    write(
      'compose.override.yaml',
      'services:\n  db:\n    volumes:\n      - data:/var/lib/postgresql/data\nvolumes:\n  data:\n',
    )
    write('.env', 'PG=18\n')
    const { stdout } = await audit('--format=github')
    expect(stdout).toMatch(/::error file=[^,]*compose\.override\.yaml,line=4,[^\n]*title=database-mount-path/)
  })

  test('COMPOSE_FILE must choose, in its order', async () => {
    write('compose.yaml', clean)
    write('a.yaml', warning)
    write('b.yaml', 'services:\n  app:\n    volumes: !override\n      - /other\n')
    const files = ['a.yaml', 'b.yaml'].map((name) => path.join(folder, name)).join(path.delimiter)
    const { stdout } = await runInProcess(['audit', '--format=json'], {
      environment: { COMPOSE_FILE: files },
    })
    expect(JSON.parse(stdout)).toMatchObject({ Findings: [{ Rule: 'anonymous-volume', Target: '/other' }] })
  })

  test('what a later file resets must be gone', async () => {
    write('compose.yaml', warning)
    write('compose.override.yaml', 'services:\n  app:\n    volumes: !reset null\n')
    expect((await audit()).stdout).toBe('Nothing found\n')
  })
})

describe('a baseline', () => {
  test('must accept the findings of its day, wherever their lines move to, and no other', async () => {
    write('compose.yaml', warning)
    expect((await audit('--write-baseline')).exit).toBe(0)
    expect((await audit()).exit).toBe(0)
    write('compose.yaml', `# moved\n\n${warning}`)
    expect((await audit()).stdout).toBe('Nothing found (1 more in the baseline)\n')
    write('compose.yaml', `${warning}      - /more\n`)
    const { exit, stdout } = await audit('--format=json')
    expect(exit).toBe(3)
    expect(JSON.parse(stdout)).toMatchObject({ Summary: { accepted: 1 }, Findings: [{ Target: '/more' }] })
  })

  test('that is damaged must be an error, not an empty one', async () => {
    write('compose.yaml', clean)
    write('.docker-vol-baseline.json', '{"version":1}')
    expect((await audit()).exit).toBe(1)
  })

  test('that was named and is not there must be an error', async () => {
    write('compose.yaml', clean)
    expect((await audit('--baseline', path.join(folder, 'none.json'))).exit).toBe(1)
  })
})

describe('settings', () => {
  test.each([
    ['rules:\n  no-such: off\n', 2],
    ['rules:\n  anonymous-volume: loud\n', 2],
    ['rulez: {}\n', 1],
    ['ignore:\n  - service: app\n', 2],
    ['ignore:\n  - rule: anonymous-volum\n', 2],
  ])('a slip must be an error that names its line: %j', async (text, line) => {
    write('compose.yaml', warning)
    write('.docker-vol.yaml', text)
    const { exit, stderr } = await audit()
    expect(exit).toBe(1)
    expect(stderr).toContain(`.docker-vol.yaml:${line}:`)
  })

  test('must turn rules off and change how serious they are', async () => {
    write('compose.yaml', warning)
    write('.docker-vol.yaml', 'rules:\n  anonymous-volume: off\n')
    expect((await audit()).stdout).toBe('Nothing found\n')
    write('.docker-vol.yaml', 'rules:\n  anonymous-volume: error\n')
    expect((await audit('--fail-on=error')).exit).toBe(3)
  })
})

describe('--fix', () => {
  const fixable =
    'services:\n  db: # ours\n    image: postgres:17\n    volumes: [data:/var/lib/postgresql/data]\nvolumes:\n  data:\n'

  test('with --dry-run must print a diff and change nothing', async () => {
    write('compose.yaml', `name: shop\n${fixable}`)
    const { exit, stdout } = await audit('--fix', '--dry-run')
    expect(exit).toBe(0)
    expect(stdout).toContain(
      '@@ -2,6 +2,7 @@\n services:\n   db: # ours\n     image: postgres:17\n+    stop_grace_period: 1m\n',
    )
    expect(read('compose.yaml')).toBe(`name: shop\n${fixable}`)
  })

  test('must write what it fixed, say so, and report what is left', async () => {
    write('compose.yaml', `name: shop\n${fixable}`)
    const { exit, stdout, stderr } = await audit('--fix', '--fail-on=info')
    expect(exit).toBe(0)
    expect(stdout).toBe('Nothing found\n')
    expect(stderr).toContain('Fixed: Give db a minute to stop')
    expect(read('compose.yaml')).toBe(
      `name: shop\n${fixable.replace('postgres:17\n', 'postgres:17\n    stop_grace_period: 1m\n')}`,
    )
  })

  test('must keep a byte order mark, a second document and a file without a last line end', async () => {
    const compose =
      '\ufeffname: shop\nservices:\n  db:\n    image: postgres:17\n    volumes: [/srv/db:/var/lib/postgresql/data]\n---\nx-more: 1 # end'
    write('compose.yaml', compose)
    expect((await audit('--fix')).exit).toBe(0)
    expect(read('compose.yaml')).toBe(
      compose.replace('postgres:17', 'postgres:17\n    stop_grace_period: 1m'),
    )
  })

  test('must leave alone what the baseline accepts', async () => {
    write('compose.yaml', `name: shop\n${fixable}`)
    await audit('--write-baseline')
    await audit('--fix')
    expect(read('compose.yaml')).toBe(`name: shop\n${fixable}`)
  })
})

test('--list-rules must list every rule, and --explain print the page of each', async () => {
  const { stdout } = await runInProcess(['audit', '--list-rules', '--format=json'])
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).Rule),
  ).toEqual(rules.map(({ id }) => id))
  for (const { id, summary } of rules) {
    const page = await runInProcess(['audit', '--explain', id])
    expect(page.stdout).toContain(`# ${id}\n\n${summary}.`)
  }
})

test('docs/audit.md must name every field of the JSON report, and no other', async () => {
  write('compose.yaml', warning)
  const report = JSON.parse((await audit('--format=json')).stdout)
  const page = readFileSync(path.resolve(import.meta.dirname, '..', '..', 'docs', 'audit.md'), 'utf8')
  const tables = page.slice(page.indexOf('| field |'))
  const named = tables
    .split('\n')
    .flatMap((row) => (row.split(' | ')[0] ?? '').match(/(?<=`)[A-Z]\w+(?=`)/g) ?? [])
  const [finding] = report.Findings
  expect(named.toSorted()).toEqual([...Object.keys(report), ...Object.keys(finding)].toSorted())
})
