import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { expectedOf, named } from './expected.ts'
import { auditFolder, projectNames, projectsFolder } from './projects.ts'

describe('projects as people write them', () => {
  test('there must be at least thirty of them', () => {
    expect(projectNames.length).toBeGreaterThanOrEqual(30)
  })

  test.each(projectNames)(
    '%s: what is expected must be found, at its place, and nothing else',
    async (name) => {
      const folder = path.join(projectsFolder, name)
      const { findings } = await auditFolder(folder)
      expect(findings.map(named).toSorted()).toEqual(expectedOf(folder).toSorted())
    },
  )
})
