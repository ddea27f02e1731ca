/** Compose itself against our own reading of the same files. No engine is asked. */
import path from 'node:path'
import process from 'node:process'
import { describe, expect, inject, test } from 'vitest'
import { resolveWithCompose } from '../../src/docker/compose.ts'
import { expectedOf, named } from '../audit/expected.ts'
import { auditFolder, projectNames, projectsFolder } from '../audit/projects.ts'

const bed = inject('bed')
const environment = {
  ...process.env,
  ...bed.environment,
  HOME: '/home/nobody',
  DOCKER_HOST: 'unix:///there/is/no/engine.sock',
}
const docker = { command: bed.docker, globals: [], environment, signal: new AbortController().signal }

/** Compose refuses volumes that are declared nowhere, which is what one of the projects is about. */
const refused = ['undeclared']

describe('with the model of Compose', () => {
  test.each(projectNames)('%s: the same must be found at the same places', async (name) => {
    const folder = path.join(projectsFolder, name)
    const { findings, resolvedBy } = await auditFolder(folder, {
      compose: async (request) => await resolveWithCompose(docker, request),
    })
    expect(resolvedBy).toBe(refused.includes(name) ? 'docker vol' : 'compose')
    expect(findings.map(named).toSorted()).toEqual(expectedOf(folder).toSorted())
  })
})
