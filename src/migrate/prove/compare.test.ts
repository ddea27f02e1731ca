import { describe, expect, test } from 'vitest'
import { compareManifests, unexplained, type ComparisonContext } from './compare.ts'
import { describeDifference } from './describe.ts'
import { legitimateDifferences } from './legitimate.ts'
import type { Fact, FactKind, Manifest } from './manifest.ts'

const context: ComparisonContext = { method: 'dump', fromMajor: 13, toMajor: 18 }

function manifest(facts: readonly Fact[], more: Partial<Manifest> = {}): Manifest {
  return {
    major: 13,
    facts,
    knownSettings: new Set(['work_mem', 'password_encryption']),
    leftOutSettings: new Set(['password_encryption']),
    closedDatabases: [],
    notCompared: [],
    ...more,
  }
}

function fact(kind: FactKind, name: string, fields: Fact['fields']): Fact {
  return { kind, database: 'shop', name, fields }
}

const rows = (name: string, count: number, sha256: string, more: Fact['fields'] = {}) =>
  fact('rows', name, { kind: 'table', rows: count, sha256, ...more })
const allRights = ['DELETE', 'INSERT', 'REFERENCES', 'SELECT', 'TRIGGER', 'TRUNCATE', 'UPDATE']
const rightsOf = (...rights: readonly string[]) => rights.map((right) => `keeper: ${right} by keeper`)
const part = { partition: 'public.t' }
const view = { kind: 'materialized view' }

type Example = {
  readonly before: readonly Fact[]
  readonly after: readonly Fact[]
  readonly context?: Partial<ComparisonContext>
}

/** For each reason: something that it explains, and things that look alike and that it must not explain. */
const examples: Readonly<Record<string, { readonly explains: Example; readonly not: readonly Example[] }>> = {
  'extension-version': {
    explains: {
      before: [fact('extension', 'hstore', { version: '1.9' })],
      after: [fact('extension', 'hstore', { version: '1.10' })],
    },
    not: [
      {
        before: [fact('extension', 'hstore', { version: '1.10' })],
        after: [fact('extension', 'hstore', { version: '1.9' })],
      },
      {
        before: [fact('extension', 'hstore', { version: '1.1', schema: 'a' })],
        after: [fact('extension', 'hstore', { version: '1.2', schema: 'b' })],
      },
      { before: [fact('extension', 'hstore', { version: '1.1' })], after: [] },
    ],
  },
  'extension-rows': {
    explains: {
      before: [fact('extension', 'gis', { version: '1' }), rows('public.ref', 5, 'a', { extension: 'gis' })],
      after: [fact('extension', 'gis', { version: '2' }), rows('public.ref', 6, 'b', { extension: 'gis' })],
    },
    not: [
      {
        before: [
          fact('extension', 'gis', { version: '2' }),
          rows('public.ref', 5, 'a', { extension: 'gis' }),
        ],
        after: [fact('extension', 'gis', { version: '2' }), rows('public.ref', 6, 'b', { extension: 'gis' })],
      },
      {
        before: [fact('extension', 'gis', { version: '1' }), rows('public.own', 5, 'a')],
        after: [fact('extension', 'gis', { version: '2' }), rows('public.own', 6, 'b')],
      },
    ],
  },
  'maintain-right': {
    explains: {
      before: [fact('object', 'table t', { grants: rightsOf(...allRights) })],
      after: [fact('object', 'table t', { grants: rightsOf(...allRights, 'MAINTAIN') })],
    },
    not: [
      {
        before: [fact('object', 'table t', { grants: rightsOf('SELECT') })],
        after: [fact('object', 'table t', { grants: rightsOf('SELECT', 'MAINTAIN') })],
      },
      {
        before: [fact('object', 'table t', { grants: rightsOf(...allRights) })],
        after: [fact('object', 'table t', { grants: rightsOf(...allRights.slice(1), 'MAINTAIN') })],
      },
      {
        before: [fact('object', 'table t', { grants: rightsOf(...allRights) })],
        after: [
          fact('object', 'table t', { grants: [...rightsOf(...allRights), 'eve: MAINTAIN by keeper'] }),
        ],
      },
    ],
  },
  'membership-grantor': {
    explains: {
      before: [fact('membership', 'a to b', { by: ['keeper'] })],
      after: [fact('membership', 'a to b', { by: ['postgres'] })],
    },
    not: [
      {
        before: [fact('membership', 'a to b', { by: ['keeper'] })],
        after: [fact('membership', 'a to b', { by: ['postgres'] })],
        context: { fromMajor: 16 },
      },
      {
        before: [fact('membership', 'a to b', { admin: true })],
        after: [fact('membership', 'a to b', { admin: false })],
      },
    ],
  },
  'definition-words': {
    explains: {
      before: [fact('definition', 'VIEW public.v', { text: 'SELECT t.a\n   FROM public.t;' })],
      after: [fact('definition', 'VIEW public.v', { text: 'SELECT a\n   FROM public.t;' })],
    },
    not: [
      {
        before: [fact('definition', 'VIEW public.v', { text: 'SELECT t.a\n   FROM public.t;' })],
        after: [fact('definition', 'VIEW public.v', { text: 'SELECT b\n   FROM public.t;' })],
      },
      { before: [fact('definition', 'VIEW public.v', { text: 'SELECT 1' })], after: [] },
    ],
  },
  'new-setting': {
    explains: { before: [], after: [fact('setting', 'autovacuum_worker_slots', { value: '16' })] },
    not: [
      { before: [], after: [fact('setting', 'work_mem', { value: '1' })] },
      {
        before: [fact('setting', 'max_connections', { value: '300' })],
        after: [fact('setting', 'max_connections', { value: '100' })],
      },
    ],
  },
  'removed-setting': {
    explains: { before: [fact('setting', 'old_snapshot_threshold', { value: '1' })], after: [] },
    not: [
      { before: [fact('setting', 'work_mem', { value: '1' })], after: [] },
      { before: [fact('setting', 'shop.open', { value: '1' })], after: [] },
      {
        before: [fact('role settings', 'r', { settings: ['old_snapshot_threshold=1', 'work_mem=1'] })],
        after: [fact('role settings', 'r', { settings: [] })],
      },
    ],
  },
  'setting-not-taken': {
    explains: { before: [fact('setting', 'password_encryption', { value: 'on' })], after: [] },
    not: [
      { before: [fact('setting', 'work_mem', { value: '1' })], after: [] },
      { before: [], after: [fact('setting', 'password_encryption', { value: 'on' })] },
    ],
  },
  'login-rule-not-taken': {
    explains: {
      before: [fact('logins', 'pg_hba.conf', { rules: ['a', 'b', 'c'], 'left out': ['old'] })],
      after: [fact('logins', 'pg_hba.conf', { rules: ['a', 'c'], 'left out': ['old', 'b'] })],
    },
    not: [
      {
        before: [fact('logins', 'pg_hba.conf', { rules: ['a', 'b'], 'left out': null })],
        after: [fact('logins', 'pg_hba.conf', { rules: ['a'], 'left out': null })],
      },
      {
        before: [fact('logins', 'pg_hba.conf', { rules: ['a', 'b', 'c'], 'left out': null })],
        after: [fact('logins', 'pg_hba.conf', { rules: ['c', 'a'], 'left out': ['b'] })],
      },
      {
        before: [fact('logins', 'pg_hba.conf', { rules: ['a'], 'left out': null })],
        after: [fact('logins', 'pg_hba.conf', { rules: ['a', 'b'], 'left out': null })],
      },
    ],
  },
  'missing-library': {
    explains: {
      before: [fact('setting', 'shared_preload_libraries', { value: 'pg_cron, auto_explain' })],
      after: [fact('setting', 'shared_preload_libraries', { value: 'auto_explain' })],
    },
    not: [
      {
        before: [fact('setting', 'shared_preload_libraries', { value: 'pg_cron,auto_explain' })],
        after: [fact('setting', 'shared_preload_libraries', { value: 'other' })],
      },
      {
        before: [fact('setting', 'search_path', { value: 'a,b' })],
        after: [fact('setting', 'search_path', { value: 'a' })],
      },
    ],
  },
  'moved-path': {
    explains: {
      before: [fact('setting', 'ssl_key_file', { value: '/var/lib/postgresql/data/server.key' })],
      after: [fact('setting', 'ssl_key_file', { value: '/var/lib/postgresql/18/docker/server.key' })],
    },
    not: [
      {
        before: [fact('setting', 'ssl_key_file', { value: '/a/server.key' })],
        after: [fact('setting', 'ssl_key_file', { value: '/a/other.key' })],
      },
    ],
  },
  'tablespace-folder': {
    explains: {
      before: [fact('tablespace', 'fast', { location: '/a' })],
      after: [fact('tablespace', 'fast', { location: '/b' })],
    },
    not: [
      { before: [fact('tablespace', 'fast', { location: '/a' })], after: [] },
      {
        before: [fact('tablespace', 'fast', { owner: 'a' })],
        after: [fact('tablespace', 'fast', { owner: 'b' })],
      },
    ],
  },
  'refreshed-view': {
    explains: { before: [rows('public.m', 5, 'a', view)], after: [rows('public.m', 5, 'b', view)] },
    not: [
      {
        before: [rows('public.m', 5, 'a', view)],
        after: [rows('public.m', 5, 'b', view)],
        context: { method: 'upgrade' },
      },
      { before: [rows('public.m', 5, 'a', view)], after: [] },
      { before: [rows('public.t', 5, 'a')], after: [rows('public.t', 5, 'b')] },
      {
        before: [rows('public.m', 5, 'a', view)],
        after: [fact('rows', 'public.m', { ...view, rows: null, sha256: 'a' })],
      },
    ],
  },
  'order-in-partition': {
    explains: {
      before: [rows('public.p', 5, 'a', { ...part, sums: ['1', '2'] })],
      after: [rows('public.p', 5, 'b', { ...part, sums: ['1', '2'] })],
    },
    not: [
      {
        before: [rows('public.p', 5, 'a', { ...part, sums: ['1', '2'] })],
        after: [rows('public.p', 5, 'b', { ...part, sums: ['1', '3'] })],
      },
      { before: [rows('public.p', 5, 'a')], after: [rows('public.p', 5, 'b')] },
    ],
  },
  'moved-between-partitions': {
    explains: {
      before: [
        rows('public.p0', 2, 'a', { ...part, sums: ['10', '2'] }),
        rows('public.p1', 3, 'b', { ...part, sums: ['-5', '7'] }),
      ],
      after: [
        rows('public.p0', 1, 'c', { ...part, sums: ['1', '1'] }),
        rows('public.p1', 4, 'd', { ...part, sums: ['4', '8'] }),
      ],
    },
    not: [
      {
        before: [rows('public.p0', 2, 'a', { ...part, sums: ['10', '2'] })],
        after: [rows('public.p0', 1, 'c', { ...part, sums: ['10', '2'] })],
      },
      {
        before: [rows('public.p0', 2, 'a', { ...part, sums: ['10', '2'] })],
        after: [rows('public.p0', 2, 'c', { ...part, sums: ['10', '3'] })],
      },
    ],
  },
  'invalid-index': {
    explains: {
      before: [fact('index', 'public.i', { valid: false }), fact('object', 'index public.i', {})],
      after: [],
    },
    not: [
      { before: [fact('index', 'public.i', { valid: true })], after: [] },
      {
        before: [fact('index', 'public.i', { valid: true })],
        after: [fact('index', 'public.i', { valid: false })],
      },
      { before: [fact('object', 'table public.i', {})], after: [] },
    ],
  },
  'constraint-switched-on': {
    explains: {
      before: [fact('constraint', 'c', { 'switched off': true })],
      after: [fact('constraint', 'c', { 'switched off': false })],
    },
    not: [
      {
        before: [fact('constraint', 'c', { 'switched off': false })],
        after: [fact('constraint', 'c', { 'switched off': true })],
      },
      {
        before: [fact('constraint', 'c', { validated: true })],
        after: [fact('constraint', 'c', { validated: false })],
      },
    ],
  },
  'subscription-disabled': {
    explains: {
      before: [fact('subscription', 's', { enabled: true, slot: 's' })],
      after: [fact('subscription', 's', { enabled: false, slot: null })],
    },
    not: [
      {
        before: [fact('subscription', 's', { enabled: false })],
        after: [fact('subscription', 's', { enabled: true })],
      },
      {
        before: [fact('subscription', 's', { publications: ['a'] })],
        after: [fact('subscription', 's', { publications: [] })],
      },
      { before: [fact('subscription', 's', { enabled: true })], after: [] },
    ],
  },
  'replication-slot': {
    explains: { before: [fact('replication slot', 'r', {})], after: [] },
    not: [{ before: [], after: [fact('replication slot', 'r', {})] }],
  },
}

const differencesOf = ({ before, after, context: more = {} }: Example) =>
  compareManifests(manifest(before), manifest(after), { ...context, ...more })

describe.each(legitimateDifferences.map(({ id }) => id))('%s', (id) => {
  test('must explain what it is about, and nothing that looks alike', () => {
    const example = examples[id]
    if (example === undefined) throw new Error('an example is missing')
    const explained = differencesOf(example.explains)
    expect(explained.length).toBeGreaterThan(0)
    expect(unexplained(explained)).toEqual([])
    expect(explained.map(({ legitimate }) => legitimate?.id)).toContain(id)
    for (const each of example.not) expect(unexplained(differencesOf(each))).not.toEqual([])
  })
})

test('equal manifests must not differ, in whichever order their facts come', () => {
  const facts = [
    rows('public.a', 1, 'x'),
    rows('public.b', 2, 'y'),
    fact('sequence', 'public.s', { last: '1' }),
  ]
  expect(compareManifests(manifest(facts), manifest(facts.toReversed()), context)).toEqual([])
})

test('a table that is gone, one that came and one that changed must be told apart', () => {
  const differences = compareManifests(
    manifest([rows('public.gone', 1, 'x'), rows('public.t', 10, 'x')]),
    manifest([rows('public.came', 1, 'x'), rows('public.t', 9, 'y')]),
    context,
  )
  expect(unexplained(differences).map(describeDifference)).toEqual([
    'Table public.gone in database "shop" is gone.',
    'Table public.t in database "shop": rows was 10 and is 9.',
    'Table public.t in database "shop": sha256 was x and is y.',
    'Table public.came in database "shop" was not there before.',
  ])
})

test('things of one name must not hide each other', () => {
  const [one, other] = [fact('object', 'x', { owner: 'a' }), fact('object', 'x', { owner: 'b' })]
  expect(compareManifests(manifest([one, other]), manifest([other, one]), context)).toEqual([])
  expect(compareManifests(manifest([one, other]), manifest([one]), context)).toHaveLength(1)
  expect(compareManifests(manifest([one, one]), manifest([one, other]), context)).toHaveLength(1)
})

test('the same table in two databases is two tables', () => {
  const [one, other] = [rows('public.t', 1, 'x'), { ...rows('public.t', 1, 'y'), database: 'other' }]
  const swapped = [
    { ...one, database: 'other' },
    { ...other, database: 'shop' },
  ]
  expect(compareManifests(manifest([one, other]), manifest(swapped), context)).toHaveLength(2)
})

test('a database that lets nobody in cannot be proven equal', () => {
  const closed = manifest([], { closedDatabases: ['archive'] })
  expect(unexplained(compareManifests(closed, closed, context)).map(describeDifference)).toEqual([
    'Database archive lets nobody in: what is in it cannot be compared.',
  ])
})
