import { describe, expect, test } from 'vitest'
import { auditExample, exampleFolder, loadExample } from '../examples.ts'
import { isOfFiles, type Example } from '../rule.ts'
import { rules } from '../rules/index.ts'
import { defaultSettings } from '../settings/settings.ts'
import { fixProject } from './fix-project.ts'

/** The text of compose.yaml after --fix, and what was fixed. */
async function fixed(example: Example) {
  const { findings, ...loaded } = await auditExample(example)
  const file = `${exampleFolder}/compose.yaml`
  const reload = async (replaced: ReadonlyMap<string, string>) =>
    loadExample({ ...example, compose: replaced.get(file) ?? example.compose })
  const { changes } = await fixProject(loaded, findings, defaultSettings(exampleFolder), rules, reload)
  return changes[0]?.after ?? example.compose
}

describe.each(rules.filter(isOfFiles).filter(({ fixable }) => fixable))('$id', (rule) => {
  test.each(rule.examples.bad)('what could be fixed must not be found again: $compose', async (example) => {
    const before = await auditExample(example)
    const after = await auditExample({ ...example, compose: await fixed(example) })
    const wasFixable = before.findings.filter(
      (finding) => finding.rule === rule.id && finding.fix !== undefined,
    )
    const still = after.findings.map(({ fingerprint }) => fingerprint)
    for (const { fingerprint } of wasFixable) expect(still).not.toContain(fingerprint)
  })

  test('one of its bad examples must be fixed', async () => {
    const all = await Promise.all(rule.examples.bad.map(async (example) => auditExample(example)))
    const own = all.flatMap(({ findings }) => findings.filter((finding) => finding.rule === rule.id))
    expect(own.some(({ fix }) => fix !== undefined)).toBe(true)
  })
})

test('a fix must leave comments, quotes, anchors, order and line ends as they are', async () => {
  const compose = [
    '# The shop.',
    'services:   # all of them',
    '',
    "  'db':",
    '      image: "mysql:8.4"   # pinned',
    '      volumes: [ "db:/var/lib/mysql" , "./init.sql:/docker-entrypoint-initdb.d/init.sql" ]',
    '  web:  {image: nginx:1.29}',
    '',
    'volumes: {db: }',
    '',
  ].join('\r\n')
  expect(await fixed({ compose, files: { 'init.sql': '' } })).toBe(
    [
      '# The shop.',
      'name: shop',
      'services:   # all of them',
      '',
      "  'db':",
      '      image: "mysql:8.4"   # pinned',
      '      stop_grace_period: 1m',
      '      volumes: [ "db:/var/lib/mysql" , {type: bind, source: ./init.sql, target: /docker-entrypoint-initdb.d/init.sql, read_only: true, bind: {create_host_path: false}} ]',
      '  web:  {image: nginx:1.29}',
      '',
      'volumes: {db: }',
      '',
    ].join('\r\n'),
  )
})

test('what is shared through an anchor must not be changed for one of its users', async () => {
  const compose =
    'name: shop\nx-db: &db\n  image: mysql:8.4\n  volumes: [./my.cnf:/etc/mysql/my.cnf, "/srv/db:/var/lib/mysql"]\nservices:\n  one: *db\n  two:\n    <<: *db\n    restart: always\n'
  const after = await fixed({ compose, files: { 'my.cnf': '' } })
  // The second has a place of its own.
  expect(after).toBe(compose.replace('    restart', '    stop_grace_period: 1m\n    restart'))
})

test('what comes through an anchor must be found all the same', async () => {
  const compose =
    'name: shop\nx-app: &app\n  image: example/app\n  volumes: [/data]\nservices:\n  one: *app\n  two: *app\n'
  const { findings } = await auditExample({ compose })
  expect(
    findings.map(({ rule, subject, place }) => [rule, subject.service, place.line, place.column]),
  ).toEqual([
    ['anonymous-volume', 'one', 4, 13],
    ['anonymous-volume', 'two', 4, 13],
  ])
})
