import { describe, expect, test } from 'vitest'
import { auditExample, loadExample } from './examples.ts'
import { isElsewhere } from '../compose/elsewhere.ts'

test.each([
  ['https://github.com/me/shop.git#main:infra', true],
  ['git@github.com:me/shop.git', true],
  ['ssh://git@example.com/shop.git', true],
  ['github.com/me/shop', true],
  ['oci://registry.example.com/shop:1', true],
  ['infra/compose.yaml', false],
  ['../github.com/compose.yaml', false],
  ['/srv/shop/compose.yaml', false],
  ['C:\\shop\\compose.yaml', false],
])('%s must be known to lie elsewhere or here: %j', (file, elsewhere) => {
  expect(isElsewhere(file)).toBe(elsewhere)
})

describe('a project of which parts lie elsewhere', () => {
  const included =
    'name: shop\ninclude:\n  - oci://registry.example.com/infra:1\nservices:\n  app:\n    image: example/app\n    volumes:\n      - theirs:/data\nvolumes:\n  ours:\n'
  const extended =
    'name: shop\nservices:\n  db:\n    image: postgres:17\n    extends:\n      file: https://github.com/me/base.git\n      service: db\n'

  test.each([
    ['included', included, 'oci://registry.example.com/infra:1 is included from elsewhere'],
    ['extended', extended, 'https://github.com/me/base.git is extended from elsewhere'],
  ])('must be said, and Compose not asked, who would fetch it: %s', async (_how, compose, note) => {
    let asked = false
    const { notes, resolvedBy } = await loadExample({ compose }, async () => {
      asked = true
      return { absent: true }
    })
    expect([asked, resolvedBy]).toEqual([false, 'docker vol'])
    expect(notes).toEqual([expect.stringContaining(note)])
  })

  test('must not be blamed for what may be declared, used or mounted there', async () => {
    for (const compose of [included, extended]) {
      const { findings } = await auditExample({ compose })
      const rules = findings.map(({ rule }) => rule)
      for (const rule of ['volume-undeclared', 'volume-unused', 'database-without-volume'])
        expect(rules).not.toContain(rule)
    }
  })
})
