import { helperLabel } from '../../docker/observe.ts'
import type { World } from '../../plan/world.ts'
import { readAsText } from '../read-as-text.ts'
import type { PostgresServer } from '../server.ts'

/** Where programs of the target image run: `shell` of a server whose programs are the target's, or of a helper. */
export type Programs = Pick<PostgresServer, 'shell'>

/** Postgres's programs first on PATH: some images have scripts of the same names before them. */
export const findPrograms = `
for folder in "$(dirname "$(command -v initdb 2>/dev/null)")" /usr/lib/postgresql/*/bin /opt/bitnami/postgresql/bin; do
  [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ] && PATH=$folder:$PATH && break
done
export PATH
`

export type ProgramsRequest = {
  /** Of the operation that they serve. */
  readonly operation: string
  /** The ID of an image. */
  readonly image: string
  /** As whom, `uid:gid`: the owner of the data, whom the image need not know. */
  readonly owner: string
  /** The ID of a container whose network they are to be in; they have none otherwise. */
  readonly beside?: string
}

/** Runs programs of an image in a container of its own, without rights or volumes. It goes afterwards. */
export async function withPrograms<Result>(
  world: World,
  { operation, image, owner, beside }: ProgramsRequest,
  action: (programs: Programs) => Promise<Result>,
): Promise<Result> {
  const helper = await world.docker.startHelper({
    image,
    name: `docker-vol-preflight-${operation}`,
    labels: { [helperLabel]: operation },
    mounts: [],
    runsAs: owner,
    ...(beside === undefined ? {} : { beside }),
  })
  try {
    return await action({
      shell: async (text, { arguments: given = [], input } = {}) =>
        readAsText(
          await helper.run({
            text,
            arguments: given,
            ...(input === undefined ? {} : { input: [Buffer.from(input)] }),
          }),
        ),
    })
  } finally {
    await helper.close()
    world.signal.throwIfAborted()
  }
}
