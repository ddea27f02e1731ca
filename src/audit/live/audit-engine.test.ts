import { expect, test } from 'vitest'
import { loadExample } from '../examples.ts'
import { defaultSettings } from '../settings/settings.ts'
import { auditEngine } from './audit-engine.ts'
import { aContainer, aMount, anImage, aVolume, holding, ofService } from './example-parts.ts'
import { nothingSeen } from './seen.ts'

const data = '/var/lib/postgresql/data'
const postgres = (major: string) => ({
  image: `postgres:${major}`,
  environment: { PG_MAJOR: major, PGDATA: data },
  allMounts: [aMount(`shop_pgdata:${data}`)],
})

/** The server of a project, and one that somebody started by hand on the same data. */
const seen = {
  ...nothingSeen,
  containers: [
    aContainer({ name: 'shop-db-1', labels: ofService('db'), ...postgres('17') }),
    aContainer({ name: 'by-hand', ...postgres('16') }),
    aContainer({ name: 'other', image: 'example/app', allMounts: [aMount('other:/data')] }),
  ],
  images: [anImage('postgres:17'), anImage('postgres:16')],
  volumes: [aVolume('shop_pgdata'), aVolume('other')],
  contents: new Map([['shop_pgdata', holding({ database: { version: '17', details: {} } })]]),
}

const loaded = await loadExample({
  compose: `name: shop\nservices:\n  db:\n    image: postgres:17\n    volumes:\n      - pgdata:${data}\nvolumes:\n  pgdata:\n`,
})
const own = async () => ({
  settings: defaultSettings('/home/me/shop'),
  baseline: new Set<string>(),
  notes: ['settings'],
})
const audit = async (ownOf: Parameters<typeof auditEngine>[3] = own) =>
  auditEngine({ projects: [loaded], notes: ['read'] }, seen, defaultSettings('/'), ownOf)

const foundBy = async (rule: string) =>
  (await audit()).findings.filter((finding) => finding.rule === rule).map(({ place }) => place.file)

test('what is about a volume of a project is said once, in the file of the project', async () => {
  expect(await foundBy('volume-written-by-others')).toEqual(['compose.yaml'])
})

test('a container of no project is looked at with the volumes of projects that it mounts', async () => {
  expect(await foundBy('volume-of-another-major')).toEqual(['container by-hand'])
})

test('what the baseline of a project accepts is counted, and not said', async () => {
  const all = await audit()
  const everything = { has: () => true }
  const accepted = await audit(async () => ({ ...(await own()), baseline: everything }))
  const ofFile = all.findings.filter(({ place }) => place.file === 'compose.yaml')
  expect(ofFile).not.toEqual([])
  expect(accepted.accepted).toBe(ofFile.length)
  expect(accepted.findings).toEqual(all.findings.filter((finding) => !ofFile.includes(finding)))
})

test('all notes are told, and the files that were read', async () => {
  const { notes, sources, project } = await audit()
  expect([notes, sources.map(({ name }) => name), project]).toEqual([
    ['read', 'settings'],
    ['compose.yaml'],
    undefined,
  ])
})
