import { expect, test } from 'vitest'
import { fitsLaterWords, sameWithoutQualifiers } from './definitions.ts'

const view = ` SELECT orders.id,
    sum(orders.total) AS "a sum"
   FROM shop.orders
  WHERE (orders.name = 'orders.x'::text)
  GROUP BY orders.id;`

test('a view may lose the name of its only table', () => {
  const later = view.replaceAll(/(?<!shop\.)\borders\.(?=id|total|name)/g, '')
  expect(later).not.toBe(view)
  expect(sameWithoutQualifiers(view, later)).toBe(true)
  expect(fitsLaterWords('VIEW shop.v', view, later, { fromMajor: 15, toMajor: 18 })).toBe(true)
  // Both print alike.
  expect(fitsLaterWords('VIEW shop.v', view, later, { fromMajor: 16, toMajor: 18 })).toBe(false)
  expect(fitsLaterWords('TABLE shop.v', view, later, { fromMajor: 15, toMajor: 18 })).toBe(false)
})

test.each([
  ['another column', view.replace('orders.total', 'orders.price')],
  ['another column without its table', view.replace('orders.total', 'price')],
  ['another table', view.replace('FROM shop.orders', 'FROM shop.items')],
  ['another text', view.replace("'orders.x'", "'x'")],
  ['the name of another table', view.replace('orders.total', 'items.total')],
  ['a table in another schema', view.replace('FROM shop.orders', 'FROM orders2')],
  ['a condition less', view.replace("\n  WHERE (orders.name = 'orders.x'::text)", '')],
  ['something more', `${view} x`],
])('a view may not change: %s', (_, later) => {
  expect(fitsLaterWords('VIEW shop.v', view, later, { fromMajor: 13, toMajor: 18 })).toBe(false)
})

const range =
  'CREATE TYPE shop.floats AS RANGE (\n    subtype = double precision,\n    subtype_diff = float8mi\n);'
const withMultirange = range.replace(
  'precision,\n',
  'precision,\n    multirange_type_name = shop.floats_multirange,\n',
)

test('a range may have a name for its multirange from 14 on', () => {
  expect(fitsLaterWords('TYPE shop.floats', range, withMultirange, { fromMajor: 13, toMajor: 14 })).toBe(true)
  expect(fitsLaterWords('TYPE shop.floats', range, withMultirange, { fromMajor: 14, toMajor: 15 })).toBe(
    false,
  )
  expect(
    fitsLaterWords('TYPE shop.floats', range, range.replace('mi', 'pl'), { fromMajor: 13, toMajor: 14 }),
  ).toBe(false)
})

test('a column that is not null may have a name for that from 18 on', () => {
  const table = 'CREATE TABLE t (\n    a integer NOT NULL,\n    b integer\n);'
  const named = table.replace('integer NOT NULL', 'integer CONSTRAINT "t ""x""_not_null" NOT NULL')
  expect(fitsLaterWords('TABLE t', table, named, { fromMajor: 17, toMajor: 18 })).toBe(true)
  expect(fitsLaterWords('TABLE t', table, named, { fromMajor: 15, toMajor: 17 })).toBe(false)
  const both = named.replace('b integer', 'b integer NOT NULL')
  expect(fitsLaterWords('TABLE t', table, both, { fromMajor: 17, toMajor: 18 })).toBe(false)
})

test('a trigger may call its procedure a function from 12 on', () => {
  const trigger = 'CREATE TRIGGER t BEFORE UPDATE ON s.o FOR EACH ROW EXECUTE PROCEDURE s.f();'
  const later = trigger.replace('PROCEDURE', 'FUNCTION')
  expect(fitsLaterWords('TRIGGER s.o t', trigger, later, { fromMajor: 11, toMajor: 17 })).toBe(true)
  expect(fitsLaterWords('TRIGGER s.o t', trigger, later, { fromMajor: 12, toMajor: 17 })).toBe(false)
  expect(
    fitsLaterWords('TRIGGER s.o t', trigger, later.replace('s.f', 's.g'), { fromMajor: 11, toMajor: 17 }),
  ).toBe(false)
})
