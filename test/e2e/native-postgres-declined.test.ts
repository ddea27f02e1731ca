/** What a native snapshot of Postgres needs, and what is said where it cannot be had. */
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { snapshotsOf, takeAndRestore, takeNative } from './native.ts'
import { query, startPostgres } from './native-server.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('native-declined')

describe('a native snapshot must find out, not guess,', () => {
  test('who the install user is, where the data lies, and with which password one gets in', async () => {
    const home = '/var/lib/postgresql/data'
    const { volume, container } = await startPostgres(bed, {
      major: 15,
      at: home,
      environment: {
        POSTGRES_USER: 'shop owner',
        POSTGRES_DB: 'shop',
        PGDATA: `${home}/deeper/pgdata`,
        POSTGRES_INITDB_ARGS: '--auth=scram-sha-256',
      },
    })
    await bed.docker('exec', container, 'mkdir', '--mode=700', `${home}/lost+found`)
    await bed.docker('exec', container, 'chown', '12:34', `${home}/lost+found`)
    await bed.docker('exec', container, 'touch', '--date=2020-02-02', `${home}/deeper`, home)
    const before = await bed.listing(volume)
    const { restored, config } = await takeAndRestore(bed, volume)
    expect(config.consistency.why).toContain('Postgres 15')
    const after = await bed.listing(restored)
    // What lies below comes from Postgres, which gives times in whole seconds.
    for (const path of ['.', 'lost+found', 'deeper', 'deeper/pgdata'])
      expect([path, after.files[path]]).toEqual([path, before.files[path]])
    const files = Object.entries(after.files).filter(([path]) => path.startsWith('deeper/pgdata/'))
    expect(new Set(files.map(([, { uid, gid }]) => `${uid}:${gid}`))).toEqual(new Set(['999:999']))
  })
})

describe('a native snapshot must be declined, with the reason,', () => {
  test('where too little is written ahead', async () => {
    const { volume } = await startPostgres(bed, { settings: ['wal_level=minimal', 'max_wal_senders=0'] })
    expect(await takeNative(bed, volume)).toEqual({ exitCode: 0, why: 'wal_level is minimal' })
  })

  test('where replication is not let in, the password is another, or there are tablespaces or links', async () => {
    const { volume, container } = await startPostgres(bed)
    const declined = async () => (await takeNative(bed, volume)).why ?? 'possible'
    const rules = '/var/lib/postgresql/data/pg_hba.conf'
    const rewrite = async (...lines: readonly string[]) => {
      await bed.docker('exec', container, 'sh', '-c', `printf '%s\\n' "$@" >${rules}`, 'sh', ...lines)
      await bed.docker(
        'exec',
        '--user=postgres',
        container,
        'pg_ctl',
        'reload',
        '-D',
        '/var/lib/postgresql/data',
      )
      await sleep(500)
    }
    await bed.docker('exec', container, 'mkdir', '/elsewhere')
    await bed.docker('exec', container, 'chown', 'postgres', '/elsewhere')
    await query(bed, container, "create tablespace elsewhere location '/elsewhere'")
    expect(await declined()).toMatch(/tablespaces of its own/)
    await query(bed, container, 'drop tablespace elsewhere')
    const key = '/var/lib/postgresql/data/server.key'
    await bed.docker('exec', container, 'ln', '-s', '/certificates/key', key)
    expect(await declined()).toMatch(/holds a link, "server\.key"/)
    await bed.docker('exec', container, 'rm', key)
    await rewrite('local all all trust', 'local replication all reject')
    expect(await declined()).toMatch(/replication is not allowed .*pg_hba\.conf rejects/)
    await query(bed, container, "alter role postgres password 'changed since'")
    await rewrite('local all all scram-sha-256', 'local replication all scram-sha-256')
    expect(await declined()).toMatch(/nobody is let in .*password authentication failed/)
  })

  test('where the volume holds more than the database, or the server runs on another', async () => {
    const home = '/var/lib/postgresql/data'
    const { volume, container } = await startPostgres(bed, { environment: { PGDATA: `${home}/pgdata` } })
    await bed.docker('exec', container, 'touch', `${home}/upload`)
    expect((await takeNative(bed, volume)).why).toMatch(/more than its database \("upload"\)/)
    await bed.docker('exec', container, 'rm', `${home}/upload`)
    await bed.docker('kill', container)
    expect((await takeNative(bed, volume)).why).toMatch(/no container with its server is running/)
    await bed.container({ volumes: { [volume]: '/data' } })
    expect((await takeNative(bed, volume)).why).toMatch(/a server that does not run here|is not where/)
    expect(await snapshotsOf(bed, volume)).toEqual([])
  })
})
