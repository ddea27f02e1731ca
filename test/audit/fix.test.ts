/** --fix over every project: what is written, and what is left as it was. */
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { fixProject, withReplaced } from '../../src/audit/fix/fix-project.ts'
import { unifiedDiff } from '../../src/compose/unified-diff.ts'
import { rules } from '../../src/audit/rules/index.ts'
import { defaultSettings } from '../../src/audit/settings/settings.ts'
import { realFiles } from '../../src/compose/files.ts'
import { auditFolder, projectNames, projectsFolder } from './projects.ts'

async function fixFolder(folder: string, replaced: ReadonlyMap<string, string>) {
  const read = async (texts: ReadonlyMap<string, string>) =>
    auditFolder(folder, { files: withReplaced(realFiles, texts) })
  const { findings, ...loaded } = await read(replaced)
  const fixed = await fixProject(loaded, findings, defaultSettings(folder), rules, async (texts) =>
    read(new Map([...replaced, ...texts])),
  )
  const texts = new Map([
    ...replaced,
    ...fixed.changes.map(({ path: file, after }) => [file, after] as const),
  ])
  return { ...fixed, findings, texts, after: (await read(texts)).findings }
}

describe.each(projectNames)('%s', (name) => {
  const folder = path.join(projectsFolder, name)

  test('what was fixed must not be found again, and nothing new', async () => {
    const { findings, after, changes } = await fixFolder(folder, new Map())
    const key = ({ rule, subject }: (typeof findings)[number]) => JSON.stringify([rule, subject])
    const before = new Set(findings.map(key))
    expect(after.map(key).filter((each) => !before.has(each))).toEqual([])
    expect(after.length).toBe(findings.length - findings.filter(isGone(after)).length)
    if (findings.some(({ fix }) => fix !== undefined)) expect(changes).not.toEqual([])
  })

  test('fixing twice must be the same as fixing once', async () => {
    const { texts } = await fixFolder(folder, new Map())
    expect((await fixFolder(folder, texts)).changes).toEqual([])
  })

  test('lines that no fix is about must stay as they are, comments and all', async () => {
    const { changes } = await fixFolder(folder, new Map())
    for (const { name: file, before, after } of changes) {
      const removed = unifiedDiff(file, before, after)
        .split('\n')
        .filter((line) => /^-(?!--)/.test(line))
      // Only mounts are ever rewritten; all else is added.
      for (const line of removed) expect(line).toMatch(/^-\s*(-|volumes:|mysql:|\w+: ?\[).*/)
      expect(comments(after)).toEqual(comments(before))
    }
  })
})

function comments(text: string): readonly string[] {
  return text.match(/#.*/g) ?? []
}

function isGone<Finding extends { rule: string; subject: object }>(after: readonly Finding[]) {
  const still = after.map(({ rule, subject }) => JSON.stringify([rule, subject]))
  return ({ rule, subject }: Finding) => !still.includes(JSON.stringify([rule, subject]))
}
