/** What the engine knows of a project beside its files. */
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { stringify } from 'yaml'
import { beforeAll, describe, expect, test } from 'vitest'
import { auditOf, foundBy, reportOf, saidBy } from './audit-findings.ts'
import { expectDone } from './checks.ts'
import type { Compose } from './compose.ts'
import { testLabel } from './leftovers.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('audit-projects')

const waits = { image: bed.images.debian, pull_policy: 'never', init: true, command: ['sleep', 'infinity'] }

const labelled = (labels: object) => ({
  services: { app: { ...waits, volumes: ['data:/data'] } },
  volumes: { data: { labels } },
})

describe('the declaration of a volume', () => {
  // Letters that Go escapes in JSON, and keys that it sorts.
  const labels = { 'example.b': '<one> & "two"', 'example.a': 'ü' }
  let project: Compose

  beforeAll(async () => {
    project = await bed.compose(labelled(labels))
    await project.up()
  })

  test('that is as it was when Compose made the volume must be fine', async () => {
    const { stdout } = await bed.docker('volume', 'inspect', project.volume('data'))
    expect(stdout, 'Compose notes a hash').toContain('com.docker.compose.config-hash')
    expect(foundBy(await auditOf(bed, project), 'volume-config-changed')).toEqual([])
  })

  test('that would make the next up destroy the volume must be found, and what is different named', async () => {
    await project.write(labelled({ ...labels, 'example.a': 'other', 'example.c': 'new' }))
    const report = await auditOf(bed, project)
    expect(foundBy(report, 'volume-config-changed')).toEqual(['error data'])
    expect(saidBy(report, 'volume-config-changed', 'data')).toContain('(label example.a, label example.c)')
    // It is no false alarm: with --yes Compose does it.
    await bed.shell(project.volume('data'), 'echo >precious')
    await project.run('up', '--detach', '--yes')
    expect((await bed.listing(project.volume('data'))).files['precious']).toBeUndefined()
    expect(foundBy(await auditOf(bed, project), 'volume-config-changed')).toEqual([])
  })
})

test('a volume that the project had and does not declare any more, with a database, must be told of', async () => {
  const services = (key: string) => ({
    services: { db: { image: bed.images.redis, pull_policy: 'never', volumes: [`${key}:/data`] } },
    volumes: { [key]: null },
  })
  const project = await bed.compose(services('old'))
  await project.up()
  await project.exec('db', 'redis-cli', 'set', 'key', 'value')
  await project.exec('db', 'redis-cli', 'save')
  expect(foundBy(await auditOf(bed, project), 'lost-database-volume')).toEqual([])
  await project.write(services('new'))
  await project.up()
  const report = await auditOf(bed, project)
  expect(foundBy(report, 'lost-database-volume')).toEqual([`info ${project.volume('old')}`])
  expect(saidBy(report, 'lost-database-volume', project.volume('old'))).toContain('Redis')
})

test('two projects that write one volume must be found, and one that only reads must not', async () => {
  const volume = await bed.volume('files')
  const file = (options: string) => ({
    services: { app: { ...waits, volumes: [`files:/files${options}`] } },
    volumes: { files: { external: true, name: volume } },
  })
  const [one, two] = [await bed.compose(file('')), await bed.compose(file(''))]
  await Promise.all([one.up(), two.up()])
  const report = await auditOf(bed, one)
  expect(foundBy(report, 'volume-written-by-others')).toEqual(['info files'])
  expect(saidBy(report, 'volume-written-by-others', 'files')).toContain(`${two.project}-app-1`)
  await two.write(file(':ro'))
  await two.up()
  expect(foundBy(await auditOf(bed, one), 'volume-written-by-others')).toEqual([])
})

test('an external volume that is gone must be found, with the snapshot that there is of it', async () => {
  const volume = await bed.volume('external')
  const project = await bed.compose({
    services: { app: { ...waits, volumes: ['data:/data'] } },
    volumes: { data: { external: true, name: volume } },
  })
  await project.up()
  expect(foundBy(await auditOf(bed, project), 'external-volume-missing')).toEqual([])
  await project.down()
  expectDone(await bed.vol('snapshot', volume))
  await bed.docker('volume', 'rm', volume)
  const report = await auditOf(bed, project, '--live')
  expect(foundBy(report, 'external-volume-missing')).toEqual(['warning data'])
})

test('a project of the same name in another folder must not be looked at unasked', async () => {
  const services = { app: { ...waits, volumes: ['/srv/files'], labels: { [testLabel]: 'other' } } }
  const project = await bed.compose({ services })
  await project.up()
  const elsewhere = path.join(bed.folder, 'elsewhere')
  await mkdir(elsewhere)
  await writeFile(path.join(elsewhere, 'compose.yaml'), stringify({ name: project.project, services }))
  const unasked = reportOf(await bed.vol('audit', '--format=json', elsewhere))
  expect([unasked.Live, unasked.Project]).toEqual([false, project.project])
  expect(reportOf(await bed.vol('audit', '--format=json', '--live', elsewhere)).Live).toBe(true)
  expect((await auditOf(bed, project)).Live).toBe(true)

  // By its name alone, from a folder that has nothing to do with it.
  const nowhere = path.join(bed.folder, 'nowhere')
  await mkdir(nowhere)
  const byName = await bed.vol('audit', '--format=json', '--project', project.project, { cwd: nowhere })
  expect(reportOf(byName)).toMatchObject({ Live: true, Project: project.project, Files: [project.file] })
  const unknown = await bed.vol('audit', '--project', 'there-is-no-such-project', { cwd: nowhere })
  expect(unknown.exitCode).toBe(1)
})
