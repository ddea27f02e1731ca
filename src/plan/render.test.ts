import { expect, test } from 'vitest'
import { exampleObserved, exampleVolume } from '../examples.ts'
import { exampleId, exampleSnapshot } from '../snapshots/examples.ts'
import { planAsJson, renderPlan } from './render.ts'
import { isDestructive, type Plan, type Step } from './step.ts'

const observed = exampleObserved()
const snapshot = exampleSnapshot(exampleId(1))
const make = exampleVolume({ name: 'copy' })
const images: readonly string[] = []
const common = { images, why: 'because' }

const snapshotStep: Step = { do: 'snapshot', observed, method: 'idle', why: 'no container mounts it' }
const exportStep: Step = {
  do: 'export',
  observed,
  method: 'live',
  output: '-',
  compression: 'none',
  why: 'asked for',
}
const restore: Step = { do: 'restore', snapshot, volume: 'pgdata', replace: false, ...common }
const paths: Step = {
  do: 'restore-paths',
  snapshot,
  volume: 'pgdata',
  paths: ['a b', '\u001b[2J日'],
  ...common,
}
const archive: Step = {
  do: 'import',
  from: '/x.tar',
  volume: 'pgdata',
  replace: true,
  allowDevices: false,
  ...common,
}
const clone: Step = { do: 'clone', observed, method: 'idle', to: 'copy', make, why: 'no container mounts it' }
const remove: Step = { do: 'remove-snapshot', volume: 'pgdata', id: exampleId(2), why: 'asked for' }

test('a plan is shown a step a line, each with its reason', () => {
  const plan: Plan = {
    steps: [
      snapshotStep,
      exportStep,
      { ...exportStep, output: '/x.tar' },
      restore,
      { ...restore, replace: true },
      { ...restore, make, volume: 'copy' },
      paths,
      archive,
      { ...archive, from: '-' },
      clone,
      remove,
    ],
  }
  expect(renderPlan(plan)).toMatchInlineSnapshot(`
    "1. snapshot pgdata (idle)                                               # no container mounts it
    2. write pgdata (live) as a tar to standard output                      # asked for
    3. write pgdata (live) as a tar to /x.tar                               # asked for
    4. restore pgdata@20260101T000001Z-0001 into pgdata                     # because
    5. restore pgdata@20260101T000001Z-0001 over the contents of pgdata     # because
    6. restore pgdata@20260101T000001Z-0001 into the new volume copy        # because
    7. restore a b, \\x1b[2J日 from pgdata@20260101T000001Z-0001 into pgdata  # because
    8. restore the archive /x.tar over the contents of pgdata               # because
    9. restore the archive on standard input over the contents of pgdata    # because
    10. copy pgdata (idle) to the new volume copy                           # no container mounts it
    11. remove snapshot pgdata@20260101T000002Z-0002                        # asked for
    "
  `)
  expect(renderPlan({ steps: [] })).toBe('')
})

test('a long step does not move the reasons of the others', () => {
  const steps = [remove, { ...paths, paths: ['a'.repeat(80)] }]
  expect(renderPlan({ steps })).toMatchInlineSnapshot(`
    "1. remove snapshot pgdata@20260101T000002Z-0002  # asked for
    2. restore aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa from pgdata@20260101T000001Z-0001 into pgdata  # because
    "
  `)
})

test('a plan is told to programs with the same words', () => {
  expect(planAsJson({ steps: [snapshotStep, remove] })).toMatchInlineSnapshot(`
    [
      {
        "Does": "snapshot pgdata (idle)",
        "Step": "snapshot",
        "Why": "no container mounts it",
      },
      {
        "Does": "remove snapshot pgdata@20260101T000002Z-0002",
        "Step": "remove-snapshot",
        "Why": "asked for",
      },
    ]
  `)
})

test('what replaces or removes something is asked about, nothing else is', () => {
  const asked: readonly Step[] = [{ ...restore, replace: true }, archive, paths, remove]
  const unasked: readonly Step[] = [
    snapshotStep,
    exportStep,
    restore,
    { ...restore, make, volume: 'copy' },
    { ...archive, replace: false },
    { ...paths, make },
    clone,
  ]
  expect(asked.map(isDestructive)).toEqual(asked.map(() => true))
  expect(unasked.map(isDestructive)).toEqual(unasked.map(() => false))
})
