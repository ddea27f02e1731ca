import { helperLabel } from '../docker/observe.ts'
import { VolError } from '../errors.ts'
import type { World } from '../plan/world.ts'
import { newOperation } from '../volumes/session.ts'
import type { PostgresImage } from './migration.ts'

// musl's loader has its name; every other C library that an image of Postgres comes with is glibc.
const script = `
server=$(command -v postgres || ls /usr/lib/postgresql/*/bin/postgres /usr/local/pgsql/bin/postgres \\
  /opt/bitnami/postgresql/bin/postgres 2>/dev/null | sort | tail -n 1)
[ -n "$server" ] && "$server" --version || exit
libc=unknown
for loader in /lib/ld-musl-* /lib*/ld-linux* /lib/*/ld-linux* /lib*/ld64*; do
  case $loader in *'*'*) ;; */ld-musl-*) libc=musl; break ;; *) libc=glibc ;; esac
done
echo "$libc"
echo "$(id -u postgres 2>/dev/null):$(id -g postgres 2>/dev/null)"
`

/**
 * Has the programs of an image say what they are, in a container without network and rights. Fails with IMAGE_NOT_FOUND
 * when there is no such image here, or none with a Postgres server.
 */
export async function lookAtImage(world: World, reference: string): Promise<PostgresImage> {
  const image = await world.docker.image(reference)
  if (image === undefined)
    throw new VolError('IMAGE_NOT_FOUND', `There is no image "${reference}" here.`, {
      suggestions: [`docker pull ${reference}, then try again.`],
    })
  const operation = newOperation()
  const helper = await world.docker.startHelper({
    image: image.id,
    name: `docker-vol-look-${operation}`,
    labels: { [helperLabel]: operation },
    mounts: [],
    runsAs: '65534:65534',
  })
  try {
    const { stdout, stderr } = await helper.run({ text: script, arguments: [] })
    const [said = '', libc = '', owner = ''] = stdout.split('\n')
    const version = /\(PostgreSQL\) (\d+[\w.]*)/.exec(said)?.[1]
    if (version === undefined)
      throw new VolError('IMAGE_NOT_FOUND', `The image "${reference}" has no Postgres server.`, {
        suggestions: ['Name an image of Postgres, such as postgres:18.'],
        ...(stderr === '' ? {} : { output: stderr }),
      })
    return {
      reference,
      id: image.id,
      version,
      major: Number.parseInt(version, 10),
      libc: libc === 'musl' || libc === 'glibc' ? libc : 'unknown',
      owner: /^\d+:\d+$/.test(owner) ? owner : undefined,
      dataDirectory: image.environment['PGDATA'] ?? '',
      volumes: image.volumes,
    }
  } finally {
    await helper.close()
  }
}
