import { expect, test } from 'vitest'
import { expectDone, expectSameTree, onlyReference } from './checks.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('compose')

test.each([
  ['15', bed.images.postgres15, ['stop']],
  ['17', bed.images.postgres17, ['down']],
] as const)(
  'a Compose project must start on its restored Postgres %s volume with no prompt and no warning, the rows there',
  async (_version, image, ending) => {
    const project = await bed.compose({
      services: {
        db: {
          image,
          pull_policy: 'never',
          environment: { POSTGRES_PASSWORD: 'example' },
          volumes: ['data:/var/lib/postgresql/data'],
          healthcheck: {
            test: ['CMD', 'pg_isready', '--username=postgres', '--host=127.0.0.1'],
            interval: '500ms',
            retries: 120,
          },
        },
      },
      volumes: { data: null },
    })
    await project.up()
    const sql = async (text: string) =>
      (
        await project.exec(
          'db',
          'psql',
          '--username=postgres',
          '--tuples-only',
          '--no-align',
          `--command=${text}`,
        )
      ).stdout
    await sql(`create table item as select i, md5(i::text) as text from generate_series(1, 5000) i`)
    const sum = `select count(*), md5(string_agg(text, ',' order by i)) from item`
    const rows = await sql(sum)
    expect(rows).toMatch(/^5000\|/)
    await project.run(...ending)

    const volume = project.volume('data')
    const before = await bed.listing(volume)
    const reference = onlyReference(await bed.vol('snapshot', '-q', volume))
    await project.down('--volumes')
    expect((await bed.tryDocker('volume', 'inspect', volume)).exitCode).toBe(1)
    expectDone(await bed.vol('restore', reference))
    expectSameTree(await bed.listing(volume), before)

    const config = [
      'compose',
      '--progress=plain',
      `--file=${project.file}`,
      `--project-name=${project.project}`,
    ]
    const { stdout, stderr } = await bed.docker(...config, 'up', '--detach', '--wait', { timeout: 120_000 })
    expect(stdout + stderr).not.toMatch(/warn|recreate|exists but|\?|external/i)
    expect(stderr).not.toMatch(/Volume .*Creat/i)
    expect(await sql(sum)).toBe(rows)
    expect(await sql('select count(*) from pg_class where relname = $$item$$')).toBe('1\n')
    await project.down('--volumes')
  },
)
