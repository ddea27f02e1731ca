/** What the scenarios rely on in the database images, whether they are the official ones or stand-ins. */
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { ImageName } from '../bed/recipes.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('images')

/** What a container said, and its exit code, once it has ended. */
async function ended(image: ImageName, ...more: readonly string[]) {
  const run = ['run', '--rm', '--pull=never', '--network=none', `--label=docker-vol.test=${bed.prefix}`]
  const { exitCode, stdout, stderr } = await bed.tryDocker(...run, ...more, bed.images[image])
  return { exitCode, said: stdout + stderr }
}

/** Repeats a command in a container until it succeeds, and returns what it printed. */
async function eventually(container: string, ...command: readonly string[]): Promise<string> {
  for (let tries = 0; tries < 300; tries += 1) {
    const { exitCode, stdout } = await bed.tryDocker('exec', container, ...command)
    if (exitCode === 0) return stdout.trim()
    await sleep(200)
  }
  const { stdout, stderr } = await bed.docker('logs', '--tail=20', container)
  throw new Error(`${command.join(' ')} never succeeded:\n${stdout}${stderr}`)
}

test.each([
  ['postgres13', 'PG_VERSION', /^13\./],
  ['postgres15', 'PG_VERSION', /^15\./],
  ['postgres17', 'PG_VERSION', /^17\./],
  ['postgres18', 'PG_VERSION', /^18\./],
  ['mariadb', 'MARIADB_VERSION', /^1:11\.8\./],
  ['mysql', 'MYSQL_VERSION', /^9\.7\./],
  ['redis', 'REDIS_VERSION', /^8\./],
  ['valkey', 'VALKEY_VERSION', /^8\./],
] as const)('the image of %s must say its version in %s', async (image, variable, version) => {
  const format = '{{range .Config.Env}}{{println .}}{{end}}'
  const { stdout } = await bed.docker('image', 'inspect', '--format', format, bed.images[image])
  const value = stdout.split('\n').find((line) => line.startsWith(`${variable}=`))
  expect(value?.slice(variable.length + 1)).toMatch(version)
})

test.each(['mariadb', 'mysql'] as const)(
  '%s must make what its environment and its scripts ask for, once',
  async (name) => {
    const family = name.toUpperCase()
    const folder = path.join(bed.folder, name)
    await mkdir(folder)
    await writeFile(path.join(folder, 'root'), 'root word')
    await writeFile(path.join(folder, 'word'), "it's a \\ word")
    await writeFile(path.join(folder, '1.sql'), 'create table first (i int);')
    await writeFile(path.join(folder, '2.sh'), 'run=yes; [ "$(id -u)" = 999 ]\n')
    const volume = await bed.volume(name)
    const request = {
      image: bed.images[name],
      volumes: { [volume]: '/var/lib/mysql' },
      environment: {
        // MariaDB's image takes each under MySQL's name too.
        MYSQL_ROOT_PASSWORD_FILE: '/given/root',
        [`${family}_DATABASE`]: 'shop_a',
        [`${family}_USER`]: 'shop',
        [`${family}_PASSWORD_FILE`]: '/given/word',
        [`${family}_INITDB_SKIP_TZINFO`]: '1',
      },
      more: [
        '--network=none',
        `--volume=${folder}:/given:ro`,
        `--volume=${folder}/1.sql:/docker-entrypoint-initdb.d/1.sql:ro`,
        `--volume=${folder}/2.sh:/docker-entrypoint-initdb.d/2.sh:ro`,
      ],
    }
    const client = name === 'mariadb' ? 'mariadb' : 'mysql'
    const run = (user: string, word: string) => ['env', `MYSQL_PWD=${word}`, client, `--user=${user}`]
    const as = (user: string, word: string, sql: string) =>
      run(user, word).concat('--host=127.0.0.1', '--skip-column-names', 'shop_a', `--execute=${sql}`)
    const first = await bed.container(request)
    const show = as('shop', "it's a \\ word", 'show tables')
    expect(await eventually(first, ...show)).toBe('first')
    expect(await eventually(first, ...as('root', 'root word', 'insert into first values (7)'))).toBe('')
    const owners = await bed.shell(volume, 'stat -c %u:%g . ibdata1 shop_a | sort -u')
    expect(owners).toBe('999:999\n')
    await bed.docker('stop', '--time=60', first)
    await bed.docker('rm', first)
    // What is there is not made again, nor are its passwords changed.
    const again = await bed.container({ ...request, environment: {} })
    expect(await eventually(again, ...as('shop', "it's a \\ word", 'select i from first'))).toBe('7')
  },
)

test.each([
  ['postgres18', 'POSTGRES_PASSWORD'],
  ['mariadb', 'MARIADB_ROOT_PASSWORD'],
  ['mysql', 'MYSQL_ROOT_PASSWORD'],
] as const)('%s must refuse to make a database without %s, or with two of it', async (image, variable) => {
  const without = await ended(image)
  expect(without.exitCode).toBe(1)
  expect(without.said).toMatch(/Database is uninitialized and (superuser )?password/)
  const both = await ended(image, '--env', `${variable}=a`, '--env', `${variable}_FILE=/dev/null`)
  expect(both.exitCode).toBe(1)
  expect(both.said).toContain(`${variable}_FILE`)
})

test('Postgres 18 must refuse the mount of earlier majors, and keep its data below the new one', async () => {
  const password = '--env=POSTGRES_PASSWORD=x'
  const unused = await ended(
    'postgres18',
    password,
    `--volume=${await bed.volume()}:/var/lib/postgresql/data`,
  )
  expect(unused.exitCode).toBe(1)
  expect(unused.said).toMatch(/in 18\+[^]*\/var\/lib\/postgresql\/data \(unused mount\/volume\)/)
  const old = await bed.volume()
  await bed.shell(old, 'echo 17 >PG_VERSION')
  const found = await ended('postgres18', password, `--volume=${old}:/var/lib/postgresql`)
  expect(found.exitCode).toBe(1)
  expect(found.said).toMatch(/in 18\+/)
  const volume = await bed.volume()
  const container = await bed.container({
    image: bed.images.postgres18,
    environment: { POSTGRES_PASSWORD: 'x' },
    volumes: { [volume]: '/var/lib/postgresql' },
  })
  await eventually(container, 'pg_isready', '--host=127.0.0.1')
  expect(await bed.shell(volume, 'cat 18/docker/PG_VERSION; stat -c %u:%a 18/docker')).toBe('18\n999:700\n')
})

test.each(['redis', 'valkey'] as const)(
  '%s must save as its own user, and let other containers in',
  async (name) => {
    const volume = await bed.volume(name)
    const server = await bed.container({ image: bed.images[name], volumes: { [volume]: '/data' } })
    const network = [`--network=container:${server}`]
    const client = await bed.container({
      image: bed.images[name],
      command: ['sleep', 'infinity'],
      more: network,
    })
    const address = (
      await bed.docker('inspect', '--format', '{{.NetworkSettings.IPAddress}}', server)
    ).stdout.trim()
    expect(await eventually(client, `${name}-cli`, '-e', '-h', address, 'set', 'a', 'b')).toBe('OK')
    await bed.docker('stop', '--time=30', server)
    // It saves when it is stopped, though no option said so.
    expect(await bed.shell(volume, 'stat -c %u:%g:%a dump.rdb')).toBe('999:999:600\n')
  },
)
