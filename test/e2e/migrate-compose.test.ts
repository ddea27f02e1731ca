/** A Compose project comes to another version of Postgres with its files changed and its service made anew. */
import { readFile, writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { expectDone, expectExit, statesOf } from './checks.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('migrate-compose')

async function shop(image: string) {
  const project = await bed.compose({
    services: {
      db: {
        image,
        pull_policy: 'never',
        environment: { POSTGRES_PASSWORD: 'not secret' },
        volumes: ['data:/var/lib/postgresql/data'],
        healthcheck: {
          test: ['CMD', 'pg_isready', '--username=postgres', '--host=127.0.0.1'],
          interval: '500ms',
          retries: 120,
        },
      },
      web: { image: bed.images.debian, pull_policy: 'never', command: 'sleep infinity', init: true },
    },
    volumes: { data: null },
  })
  const text = `# The shop.\n${await readFile(project.file, 'utf8')}`.replace(image, `"${image}" # pinned`)
  await writeFile(project.file, text)
  const sql = async (words: string) =>
    (await project.exec('db', 'psql', '--username=postgres', '-XAtqc', words)).stdout.trim()
  const container = (service: string) => `${project.project}-${service}-1`
  return { project, text, sql, container }
}

const rows = 'select count(*) || md5(string_agg(i::text, $$,$$ order by i)) from item'

test(
  '--write-compose --up must change image and mount, and make the service anew, alone; undo must say what to change back',
  { timeout: 600_000 },
  async () => {
    const { project, text, sql, container } = await shop(bed.images.postgres17)
    await project.up()
    await sql('create table item as select * from generate_series(1, 3000) i')
    const before = await sql(rows)
    const volume = project.volume('data')
    const words = ['--yes', '--write-compose', '--up', volume, '--to', bed.images.postgres18]
    const done = await bed.vol('migrate', ...words)
    expect(expectDone(done)).toBe(`${volume}\n`)

    expect(await readFile(project.file, 'utf8')).toBe(
      text
        .replace(bed.images.postgres17, bed.images.postgres18)
        .replace('data:/var/lib/postgresql/data', 'data:/var/lib/postgresql'),
    )
    // What is asked for is there: there is nothing to make anew, and nothing to warn of.
    const again = await project.run('up', '--detach', '--wait')
    expect(again.stderr).not.toMatch(/warn|recreat/i)
    expect(await sql('show server_version_num')).toMatch(/^18/)
    expect(await sql(rows)).toBe(before)
    expect(await statesOf(bed, container('db'), container('web'))).toEqual(['running', 'running'])

    const undone = await bed.vol('undo', '--yes', volume)
    expect(expectDone(undone)).toBe(`${volume}\n`)
    expect(undone.stderr).toContain('The Compose files still name what it was migrated to')
    expect(undone.stderr).toMatch(
      /^- .*image: .*18" # pinned\n(?:.*\n)*?\+ .*image: .*17" # pinned\n(?:.*\n)*?\+ .*data:\/var\/lib\/postgresql\/data"?$/m,
    )
    // With the files as they were, the old server finds its rows.
    await writeFile(project.file, text)
    await project.up()
    expect(await sql('show server_version_num')).toMatch(/^17/)
    expect(await sql(rows)).toBe(before)
    expect((await bed.vol('undo', '--dry-run', volume)).stderr).not.toContain('Compose files')
    await project.down('--volumes')
  },
)

test('what cannot be written must be refused before anything is done, and be told without it', async () => {
  const { project, text } = await shop(bed.images.postgres17)
  const variable = text.replace(`"${bed.images.postgres17}"`, '${DATABASE:?}')
  await writeFile(project.file, variable)
  await writeFile(`${project.folder}/.env`, `DATABASE=${bed.images.postgres17}\n`)
  await project.run('create')
  const volume = project.volume('data')
  await bed.docker(
    'run',
    '--rm',
    '--pull=never',
    `--volume=${volume}:/var/lib/postgresql/data`,
    '--env=POSTGRES_PASSWORD=x',
    bed.images.postgres17,
    'docker-ensure-initdb.sh',
  )
  const to = ['--to', bed.images.postgres18, volume]
  expectExit(
    await bed.vol('migrate', '--yes', '--write-compose', ...to),
    5,
    /set DATABASE to .*18, which is set in .*\.env:1/,
  )
  const planned = await bed.vol('migrate', '--dry-run', ...to)
  expect(expectDone(planned)).toMatch(/^\+ .*data:\/var\/lib\/postgresql$/m)
  expect(planned.stderr).toMatch(/set DATABASE to .*18, which is set in .*\.env:1/)
  expect(await readFile(project.file, 'utf8')).toBe(variable)
  await project.down('--volumes')
})
