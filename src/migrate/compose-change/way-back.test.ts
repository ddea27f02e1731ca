import { expect, test } from 'vitest'
import { memoryFiles } from '../../compose/files.ts'
import { exampleContainer } from '../../examples.ts'
import type { Container } from '../../facts.ts'
import { changesBack } from './way-back.ts'

const ran = {
  image: 'postgres:17',
  mountPath: '/var/lib/postgresql/data',
  dataDirectory: '/var/lib/postgresql/data',
  imageDataDirectory: '/var/lib/postgresql/data',
}
const before =
  '# The shop.\nservices:\n  db:\n    image: postgres:17 # pinned\n    volumes: ["pgdata:/var/lib/postgresql/data"]\nvolumes: {pgdata: }\n'
const migrated = before.replace(':17', ':18').replace('/postgresql/data', '/postgresql')

const server = (major: number, more: Partial<Container> = {}) =>
  exampleContainer({
    image: `postgres:${major}`,
    environment: { PGDATA: major === 18 ? '/var/lib/postgresql/18/docker' : '/var/lib/postgresql/data' },
    mounts: [
      {
        volume: 'shop_pgdata',
        destination: major === 18 ? '/var/lib/postgresql' : '/var/lib/postgresql/data',
        readOnly: false,
      },
    ],
    labels: {
      'com.docker.compose.project': 'shop',
      'com.docker.compose.service': 'db',
      'com.docker.compose.project.working_dir': '/shop',
      'com.docker.compose.project.config_files': '/shop/compose.yaml',
    },
    ...more,
  })

async function changesIn(compose: string, ...consumers: readonly Container[]) {
  const reader = { files: memoryFiles({ '/shop/compose.yaml': compose }), environment: {}, nameOf: String }
  return await changesBack({ volume: 'shop_pgdata', consumers, to: 'postgres:18', ran }, reader)
}

test('files that were written for a migration must be led back to what they said before', async () => {
  for (const container of [server(18), server(17)]) {
    const { proposals, byHand } = await changesIn(migrated, container)
    expect(proposals.flatMap(({ changes }) => changes.map(({ after }) => after))).toEqual([before])
    expect(byHand).toEqual([])
  }
})

test('files that nobody has changed must stay as they are', async () => {
  const { proposals, byHand } = await changesIn(before, server(17))
  expect(proposals.flatMap((each) => [...each.changes, ...each.byHand])).toEqual([])
  expect(byHand).toEqual([])
})

test('containers that Compose did not make, or that are gone, must be described', async () => {
  const described = expect.stringMatching(/run the image postgres:17\.$/)
  expect((await changesIn('', server(18, { name: 'pg', labels: {} }))).byHand[0]).toEqual(described)
  expect((await changesIn('')).byHand[0]).toEqual(described)
  expect((await changesIn('', server(17, { labels: {} }))).byHand).toEqual([])
})
