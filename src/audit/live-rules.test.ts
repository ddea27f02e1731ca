import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { parse } from 'yaml'
import { describe, expect, test } from 'vitest'
import { auditProject } from './audit.ts'
import { loadExample } from './examples.ts'
import type { Finding } from './finding.ts'
import { linkLive } from './live/link.ts'
import { nothingSeen } from './live/seen.ts'
import { isLive, type LiveExample } from './rule.ts'
import { rules } from './rules/index.ts'
import { noLimits } from './settings/limits.ts'
import { defaultSettings } from './settings/settings.ts'

describe.each(rules.filter(isLive))('$id', (rule) => {
  test.each(rule.examples.bad)('must speak about what is bad: $shown', async (example) => {
    const found = (await auditLiveExample(example)).filter((finding) => finding.rule === rule.id)
    expect(found).not.toEqual([])
    for (const { place, excerpt } of found) {
      expect(place.line).toBeGreaterThan(0)
      expect(excerpt).toMatch(/\S/)
    }
  })

  test.each(rule.examples.good)('must be silent about what is good: $shown', async (example) => {
    const found = await auditLiveExample(example)
    expect(found.filter((finding) => finding.rule === rule.id)).toEqual([])
  })
})

test('every rule that looks at the engine must have a scenario on a real one', () => {
  const folder = path.resolve(import.meta.dirname, '..', '..', 'test', 'e2e')
  const scenarios = globSync('audit-live-*.test.ts', { cwd: folder }).map((file) =>
    readFileSync(path.join(folder, file), 'utf8'),
  )
  const without = rules.filter(isLive).filter(({ id }) => !scenarios.some((text) => text.includes(`'${id}'`)))
  expect(without.map(({ id }) => id)).toEqual([])
})

test('an ignore of a rule that needs an engine must not count as unused where none is asked', async () => {
  const text =
    '# docker-vol-ignore snapshot-missing: another program does it\nservices:\n  app:\n    image: example/app\n'
  const { project } = await loadExample({ compose: text })
  const found = auditProject(project, defaultSettings('/'), rules)
  expect(found.map(({ rule }) => rule)).toEqual([])
  const live = await linkLive(nothingSeen, project, noLimits)
  expect(auditProject(project, defaultSettings('/'), rules, live).map(({ rule }) => rule)).toEqual([
    'ignore-unused',
  ])
})

/** Everything that is found in an example, with the model that Compose would have of its file. */
async function auditLiveExample({ seen, compose, limits }: LiveExample): Promise<readonly Finding[]> {
  const project =
    compose === undefined
      ? undefined
      : (await loadExample({ compose }, async () => ({ model: modelOf(compose) }))).project
  const live = await linkLive({ ...nothingSeen, ...seen }, project, { ...noLimits, ...limits })
  return auditProject(live.written, defaultSettings('/'), rules, live)
}

type Model = { name: string; volumes?: Record<string, object | null> }

function modelOf(compose: string): Model {
  const model: Model = parse(compose)
  const volumes = Object.entries(model.volumes ?? {}).map(([key, value]): [string, object] => [
    key,
    { name: `${model.name}_${key}`, ...value },
  ])
  return { ...model, volumes: Object.fromEntries(volumes) }
}
