/** Snapshots of all volumes of a Compose project, in one plan. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { expectDone, expectExit, onlyReference, statesOf } from './checks.ts'
import { scenario } from './scenario.ts'
import { startShop } from './workloads/shop.ts'

const bed = await scenario('project-snapshot')

const volumesIn = (references: string) =>
  references
    .trim()
    .split('\n')
    .map((reference) => reference.split('@')[0])

/** Restores what a snapshot holds into a volume of its own. */
async function restored(reference: string): Promise<string> {
  const copy = bed.name('restored')
  expectDone(await bed.vol('restore', '--quiet', '--into', copy, reference))
  return copy
}

test('a running project must be taken in one plan, by its name or its file, and come back as of one instant', async () => {
  const shop = await startShop(bed)
  const { project, file } = shop.compose
  const { data, uploads } = shop.volumes
  const containers = [await shop.container('db'), await shop.container('web')]
  const before = await statesOf(bed, ...containers)

  const plan = expectDone(
    await bed.vol('snapshot', '--dry-run', '--consistency', 'pause', '--file', file, '-p', project),
  )
  expect(plan).toContain(`snapshot ${data} (paused), ${uploads} (paused)`)
  expect(plan).toMatch(/pause \S+db\S* meanwhile/)
  expect(plan).toMatch(/pause \S+web\S* meanwhile/)

  for (const words of [
    ['--project', project],
    ['--file', file, '--project', project],
  ]) {
    const taken = expectDone(
      await bed.vol('snapshot', '--quiet', '--consistency', 'pause', '--max-hold', '1m', ...words),
    )
    const of = (volume: string) => taken.split('\n').find((each) => each.startsWith(`${volume}@`)) ?? ''
    const copies = { data: await restored(of(data)), uploads: await restored(of(uploads)) }
    expect(await shop.check(copies)).toEqual([])
  }
  expect(await statesOf(bed, ...containers)).toEqual(before)

  const one = expectDone(await bed.vol('snapshot', '-q', '--project', project, '--service', 'web'))
  // The image of the service has a VOLUME of its own, which makes an anonymous one.
  expect(volumesIn(one)).toContain(uploads)
  expect(volumesIn(one)).not.toContain(data)
})

test('snapshots of a project must say that they belong together, and be listed so', async () => {
  const image = bed.images.debian
  const project = await bed.compose({
    services: {
      web: { image, init: true, command: ['sleep', 'infinity'], volumes: ['one:/one'] },
      job: { image, init: true, command: ['sleep', 'infinity'], volumes: ['two:/two:ro'] },
    },
    volumes: { one: null, two: null },
  })
  await project.up()
  const [one, two] = [project.volume('one'), project.volume('two')]
  const lines = expectDone(await bed.vol('snapshot', '--format=json', '--project', project.project))
  const taken: readonly Taken[] = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const [first] = taken
  expect(new Set(taken.map(({ Volume }) => Volume))).toEqual(new Set([one, two]))
  for (const each of taken) expect(each.Set).toEqual(first?.Set)
  const { ID, Reference } = first?.Set ?? {}
  expect(Reference).toBe(`${project.project}@${ID}`)
  expect(new Set(first?.Set?.Volumes)).toEqual(new Set([one, two]))

  const narrow = await bed.vol('snapshot', '--project', project.project, '--service', 'web')
  expect(narrow.stderr).toContain('docker vol restore --project')
  const alone = onlyReference(await bed.vol('snapshot', '-q', one))
  const listed = async (...words: readonly string[]) =>
    new Set(
      expectDone(await bed.vol('snapshots', '-q', ...words))
        .trim()
        .split('\n'),
    )
  const whole = new Set(taken.map((each) => each.Reference))
  expect(await listed('--filter', `set=${Reference}`)).toEqual(whole)
  expect(await listed('--filter', `set=${ID}`)).toEqual(whole)
  const ofProject = new Set([...whole, onlyReference(narrow), alone])
  expect(await listed('--filter', `project=${project.project}`)).toEqual(ofProject)
  expect(expectDone(await bed.vol('snapshots', '--no-trunc', one))).toContain(Reference ?? 'no set')
  const [shown] = JSON.parse(expectDone(await bed.vol('show', onlyReference(narrow))))
  expect(shown.Config.set).toMatchObject({ project: project.project, volumes: [one], services: ['web'] })
  expect(JSON.parse(expectDone(await bed.vol('show', alone)))[0].Config).not.toHaveProperty('set')
})

type Taken = {
  readonly Reference: string
  readonly Volume: string
  readonly Set: {
    readonly ID: string
    readonly Reference: string
    readonly Volumes: readonly string[]
  } | null
}

test('what is shared, external, not made yet or in a bind mount must be said', async () => {
  const outside = await bed.volume('outside')
  const image = bed.images.debian
  const project = await bed.compose({
    services: {
      web: { image, init: true, command: ['sleep', 'infinity'], volumes: ['own:/own', 'outside:/outside'] },
      db: {
        image: 'postgres:17',
        profiles: ['later'],
        volumes: ['./pgdata:/var/lib/postgresql/data', 'unmade:/x'],
      },
    },
    volumes: { own: null, unmade: null, outside: { external: true, name: outside } },
  })
  await project.up('web')
  await bed.container({ name: bed.name('other'), volumes: { [outside]: '/data:ro' } })
  const words = ['--file', project.file, '--project', project.project]
  const plan = expectDone(await bed.vol('snapshot', '--dry-run', ...words))
  expect(plan).toContain(`# ${outside} is external to the project.`)
  expect(plan).toMatch(new RegExp(`# ${outside} is also used by "`))
  expect(plan).toContain(`# ${project.volume('unmade')} is not made yet.`)
  expect(plan).toMatch(/# db keeps its data in \.\/pgdata, a bind mount: it is not covered;/)
  const taken = volumesIn(expectDone(await bed.vol('snapshot', '-q', ...words)))
  expect(new Set(taken)).toEqual(new Set([outside, project.volume('own')]))
})

test('a wrong name, a wrong file, or both a project and volumes must be refused', async () => {
  expectExit(await bed.vol('snapshot', '--project', bed.name('nobody')), 4, 'has no volume')
  expectExit(await bed.vol('snapshot', '--file', path.join(bed.folder, 'none.yaml')), 1, 'There is no file')
  expectExit(await bed.vol('snapshot'), 2, '--project')
  expectExit(await bed.vol('snapshot', '--service', 'x', 'volume'), 2, '--service')
  expectExit(await bed.vol('snapshot', '--project', 'p', 'volume'), 2, 'not both')
  const broken = path.join(bed.folder, 'broken.yaml')
  await writeFile(broken, 'services: [')
  expectExit(await bed.vol('snapshot', '--file', broken), 1, 'broken.yaml')
})
