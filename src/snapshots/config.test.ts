import { expect, test } from 'vitest'
import { decodeConfig, encodeConfig } from './config.ts'
import { exampleConfig } from './examples.ts'
import type { SnapshotConfig } from './format.ts'

const example = exampleConfig('20261123T071155Z-3f9c')

test('a config comes back as it was', () => {
  expect(decodeConfig(encodeConfig(example))).toEqual(example)
})

test('the same config gives the same bytes, whatever the order of its keys', () => {
  const { volume, tool, formatVersion, ...rest } = example
  const shuffled: SnapshotConfig = {
    volume: { ...volume, options: { device: ':/export', type: 'nfs' } },
    ...rest,
    formatVersion,
    tool,
  }
  expect(encodeConfig(shuffled)).toEqual(encodeConfig(example))
})

test('what may be missing is missing, not null', () => {
  const { compose: _compose, ...alone } = example
  const text = encodeConfig(alone).toString()
  expect(text).not.toContain('compose"')
  expect(decodeConfig(Buffer.from(text))).toEqual(alone)
})

test('the set of a project that a snapshot belongs to comes back, narrowed to services or not', () => {
  const set = { id: '20261123T071150Z-0001', project: 'shop', volumes: ['pgdata', 'uploads'] }
  for (const each of [set, { ...set, services: ['db'] }]) {
    const config = { ...example, set: each }
    expect(decodeConfig(encodeConfig(config))).toEqual(config)
  }
  const broken = { ...example, set: { ...set, volumes: 'pgdata' } }
  expect(() => decodeConfig(Buffer.from(JSON.stringify(broken)))).toThrow('config.set.volumes is not a list')
})

test('what a later docker vol added is passed over', () => {
  const bytes = Buffer.from(JSON.stringify({ ...example, mood: 'good' }))
  expect(decodeConfig(bytes)).toEqual(example)
})

test('a later format says that it is one', () => {
  const bytes = Buffer.from(JSON.stringify({ formatVersion: 7 }))
  expect(() => decodeConfig(bytes)).toThrow('made by a newer docker vol (format 7)')
})

test.each([
  ['not JSON', '{', ''],
  ['no object', '[]', 'config is not an object'],
  ['no version', '{}', 'config.formatVersion is not'],
  ['version 0', '{"formatVersion":0}', 'config.formatVersion is not'],
  ['another tool', JSON.stringify({ ...example, tool: { name: 'other', version: '1' } }), 'config.tool.name'],
  [
    'a number for a name',
    JSON.stringify({ ...example, volume: { ...example.volume, name: 1 } }),
    'config.volume.name is not a string',
  ],
  [
    'a list for labels',
    JSON.stringify({ ...example, volume: { ...example.volume, labels: [] } }),
    'config.volume.labels',
  ],
  [
    'a negative total',
    JSON.stringify({ ...example, totals: { ...example.totals, bytes: -1 } }),
    'config.totals.bytes',
  ],
  [
    'an unknown method',
    JSON.stringify({ ...example, consistency: { method: 'hope', why: '', changed: [] } }),
    'config.consistency.method',
  ],
  [
    'a consumer without an image',
    JSON.stringify({ ...example, consumers: [{ name: 'x' }] }),
    'config.consumers[0].image',
  ],
])('%s is refused, with the place', (_, text, message) => {
  expect(() => decodeConfig(Buffer.from(text))).toThrow(message)
})
