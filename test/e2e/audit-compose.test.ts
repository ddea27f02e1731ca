/** Compose itself against our own reading of the same files. No engine is asked. */
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
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

test('nothing must be fetched that a project takes from elsewhere', async () => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.writeHead(404).end()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const folder = await mkdtemp(path.join(tmpdir(), 'docker-vol-elsewhere-'))
  try {
    const file = path.join(folder, 'compose.yaml')
    await writeFile(file, `name: shop\ninclude:\n  - http://127.0.0.1:${port}/infra.git\nservices: {}\n`)
    const request = { files: [file], projectDirectory: folder, environmentFiles: [] }
    const { resolvedBy, notes } = await auditFolder(folder, {
      compose: async (wanted) => await resolveWithCompose(docker, wanted),
    })
    expect([resolvedBy, asked]).toEqual(['docker vol', []])
    expect(notes).toEqual([expect.stringContaining('was not fetched')])
    expect(await resolveWithCompose(docker, { ...request, fetchNothing: true })).toHaveProperty('refused')
    expect(asked).toEqual([])
    // Left to itself, Compose does.
    await resolveWithCompose(docker, request)
    expect(asked).not.toEqual([])
  } finally {
    server.close()
    await rm(folder, { recursive: true, force: true })
  }
})
