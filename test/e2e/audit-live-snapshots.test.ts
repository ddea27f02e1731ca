/** What the store knows of the volumes of a project. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { auditOf, foundBy } from './audit-findings.ts'
import { expectDone, onlyReference } from './checks.ts'
import type { Compose } from './compose.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('audit-snapshots')

describe('snapshots of a database', () => {
  let project: Compose
  let volume: string
  const limit = async (limits: string) =>
    await writeFile(path.join(project.folder, '.docker-vol.yaml'), `limits: {${limits}}\n`)
  const found = async () => {
    const report = await auditOf(bed, project)
    return ['snapshot-missing', 'snapshot-old', 'snapshot-unverified'].flatMap((rule) =>
      foundBy(report, rule).map((one) => `${rule}: ${one}`),
    )
  }

  beforeAll(async () => {
    project = await bed.compose({
      services: {
        db: {
          image: bed.images.postgres17,
          pull_policy: 'never',
          environment: { POSTGRES_PASSWORD: 'example' },
          volumes: ['pgdata:/var/lib/postgresql/data'],
          healthcheck: { test: ['CMD', 'pg_isready', '--host=127.0.0.1'], interval: '500ms', retries: 100 },
        },
      },
      volumes: { pgdata: null },
    })
    await project.up()
    await project.run('stop')
    volume = project.volume('pgdata')
  })

  test('must be missed, taken, verified, and grow old', async () => {
    expect(await found()).toEqual(['snapshot-missing: info pgdata'])
    await limit('snapshot-age: 1d')
    expect(await found()).toEqual(['snapshot-missing: warning pgdata'])
    const reference = onlyReference(await bed.vol('snapshot', '-q', volume))
    await limit('snapshot-age: 1d, verified-age: 30d')
    expect(await found()).toEqual(['snapshot-unverified: warning pgdata'])
    expectDone(await bed.vol('verify', reference))
    expect(await found()).toEqual([])
    await limit('snapshot-age: 1s, verified-age: 1s')
    expect(await found()).toEqual(['snapshot-old: warning pgdata', 'snapshot-unverified: warning pgdata'])
  })

  test('a limit that is none must be an error that names its line', async () => {
    await limit('snapshot-age: soon')
    const { exitCode, stderr } = await bed.vol('audit', project.file)
    expect(exitCode).toBe(1)
    expect(stderr).toContain('.docker-vol.yaml:1:')
    await limit('')
  })
})
