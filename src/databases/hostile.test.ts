/** A volume may hold anything. Whatever it is, what we say of it is right, or nothing, and we never fail. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { databaseKinds } from '../facts.ts'
import { exampleLook, madeUpLook } from './examples.ts'
import { databases } from './index.ts'
import { readSearch, wantedOf, withStarts } from './look-answers.ts'
import type { FoundFile, Look } from './look.ts'
import { recogniseDatabases } from './recognise.ts'

const recorded = [
  'postgres-13',
  'postgres-15-icu',
  'postgres-17',
  'postgres-18',
  'mysql',
  'mariadb',
  'redisaof',
  'valkey',
  'sqlite',
]
const markers = databases.flatMap((database) => database.markers)
const names = [
  ...recorded.flatMap((name) => [...exampleLook(name).files.keys()]),
  'mysql.ibd',
  'WiredTiger',
  'storage.bson',
]

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 600 }),
  fc
    .constantFrom('REDIS0011\xfa', 'SQLite format 3\0', '17\n', 'VALKEY080\xfa\xc0')
    .chain((begin) =>
      fc.uint8Array({ maxLength: 200 }).map((rest) => Buffer.concat([Buffer.from(begin, 'latin1'), rest])),
    ),
)
const path = fc.oneof(
  fc.constantFrom(...names),
  fc.string({ unit: 'binary', maxLength: 30 }).map((text) => Buffer.from(text).toString('latin1')),
  fc
    .tuple(fc.constantFrom('..', 'a/b', '__proto__', '\x1b[2J', 'x\ny'), fc.constantFrom(...names))
    .map((parts) => parts.join('/')),
)
const file = fc.record({
  type: fc.constantFrom('f', 'd', 'l', 'p', 'U'),
  size: fc.nat(),
  uid: fc.nat(),
  target: fc.constantFrom('', '/etc/passwd', '\x1b]0;x\x07', '../..'),
  start: bytes,
}) satisfies fc.Arbitrary<FoundFile>

function expectShowable(look: Look): void {
  for (const facts of recogniseDatabases(look, 'v', [])) {
    expect(databaseKinds).toContain(facts.kind)
    expect(facts.version ?? '1').toMatch(/^\d{1,4}(\.\d{1,4})?$/)
    // Nothing that a terminal obeys, and nothing endless.
    for (const text of [facts.path, ...Object.values(facts.details)]) {
      expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u)
      expect(text.length).toBeLessThan(20_000)
    }
  }
}

test('files of any name with any contents are recognised or passed over', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(path, file), { maxLength: 12 }), fc.boolean(), (files, complete) => {
      expectShowable({ files: new Map(files), complete })
    }),
    { numRuns: 2000 },
  )
})

test('the files of real servers with other bytes in them are recognised or passed over', () => {
  const change = fc.record({ at: fc.nat(8191), byte: fc.nat(255), cut: fc.option(fc.nat(8192)) })
  fc.assert(
    fc.property(
      fc.constantFrom(...recorded),
      fc.array(change, { minLength: 1, maxLength: 20 }),
      (name, changes) => {
        const { files, complete } = exampleLook(name)
        const others = [...files].map(([where, found], index) => {
          const begin = Buffer.from(found.start ?? [])
          for (const { at, byte } of changes) if (begin.length > 0) begin[at % begin.length] = byte
          const cut = changes[index % changes.length]?.cut ?? begin.length
          return [where, { ...found, start: begin.subarray(0, cut) }] as const
        })
        expectShowable({ files: new Map(others), complete })
      },
    ),
    { numRuns: 2000 },
  )
})

test('another pg_control never has another identifier: it has none', () => {
  const look = exampleLook('postgres-17')
  const real = Buffer.from(look.files.get('global/pg_control')?.start ?? [])
  fc.assert(
    fc.property(fc.nat(287), fc.integer({ min: 1, max: 255 }), (at, bits) => {
      const control = Buffer.from(real)
      control[at] = (control[at] ?? 0) ^ bits
      const files = new Map([...look.files, ...madeUpLook({ 'global/pg_control': control }).files])
      const [facts] = recogniseDatabases({ files, complete: true }, 'v', [])
      expect(facts?.details).not.toHaveProperty('systemIdentifier')
    }),
    { numRuns: 1000 },
  )
})

test('an answer of the search that is cut or garbled is read as far as it goes', () => {
  const piece = fc.constantFrom(
    'f 8192 999',
    '+f 512 0',
    'end',
    'failed',
    '',
    'f -1 x',
    'd 0 0',
    'PG_VERSION',
    'a.db',
    '..',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), fc.array(fc.string()), (pieces, lines) => {
      for (const found of readSearch(`${pieces.join('\0')}\0`)) {
        const wanted = wantedOf(found, markers, 100)
        expect(wanted.length).toBeLessThanOrEqual(450)
        expectShowable(withStarts(found, wanted, lines))
      }
    }),
  )
})
