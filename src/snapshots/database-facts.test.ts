import { describe, expect, test } from 'vitest'
import type { DatabaseFacts } from '../facts.ts'
import { decodeConfig, encodeConfig } from './config.ts'
import { exampleConfig } from './examples.ts'

const example = exampleConfig('20261123T071155Z-3f9c')
const cluster: DatabaseFacts = {
  kind: 'postgres',
  version: '17',
  path: '18/docker',
  recognisedBy: 'files',
  details: { systemIdentifier: '7711330951436124199', encoding: 'UTF8' },
}
const file: DatabaseFacts = { kind: 'sqlite', path: 'app.db', recognisedBy: 'files', details: {} }

describe('databases in a configuration', () => {
  test('they come back as they were', () => {
    const config = { ...example, databases: [cluster, file] }
    expect(decodeConfig(encodeConfig(config))).toEqual(config)
  })

  test('that nobody looked is not that there were none', () => {
    expect(decodeConfig(encodeConfig(example))).not.toHaveProperty('databases')
    expect(decodeConfig(encodeConfig({ ...example, databases: [] })).databases).toEqual([])
  })

  test('the order of details makes no difference', () => {
    const turned = { ...cluster, details: { encoding: 'UTF8', systemIdentifier: '7711330951436124199' } }
    expect(encodeConfig({ ...example, databases: [turned] })).toEqual(
      encodeConfig({ ...example, databases: [cluster] }),
    )
  })

  test('a kind that only a later version knows is passed over', () => {
    const bytes = Buffer.from(
      JSON.stringify({ ...example, databases: [{ ...cluster, kind: 'oracle' }, file] }),
    )
    expect(decodeConfig(bytes).databases).toEqual([file])
  })

  test.each([
    ['no list', {}, 'config.databases is not a list'],
    ['no kind', [{ ...cluster, kind: 1 }], 'config.databases[0].kind'],
    ['no path', [file, { ...cluster, path: null }], 'config.databases[1].path'],
    ['another way', [{ ...cluster, recognisedBy: 'magic' }], 'config.databases[0].recognisedBy'],
    [
      'a number among the details',
      [{ ...cluster, details: { uid: 999 } }],
      'config.databases[0].details.uid',
    ],
  ])('%s is refused, with the place', (_, databases, message) => {
    const bytes = Buffer.from(JSON.stringify({ ...example, databases }))
    expect(() => decodeConfig(bytes)).toThrow(message)
  })
})
