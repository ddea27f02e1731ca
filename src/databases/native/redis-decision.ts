import type { Container, DatabaseFacts } from '../../facts.ts'
import { printableText } from '../../tar/name.ts'
import type { Covered } from '../../volumes/outside.ts'
import { impossible, type Possible } from './possible.ts'

/** How a Redis or Valkey is copied by the file that it saves itself into. */
export type RedisPlan = {
  readonly database: 'redis' | 'valkey'
  readonly container: Container
  /** Where in the volume its directory lies; `.` is the root. */
  readonly path: string
  /** The name of the file there. */
  readonly file: string
  /** About how many bytes. */
  readonly bytes: number
}

/** What of a volume the saved file stands for: itself, and what the server writes on the way to it. */
export function coveredByRedis({ path, file }: Pick<RedisPlan, 'path' | 'file'>): Covered {
  const before = path === '.' ? '' : `${path}/`
  return { files: [`${before}${file}`, `${before}temp-*.rdb`] }
}

/** Decides from what a container answered whether its server's own save is all that the volume holds. */
export function decideRedis(
  container: Container,
  database: Pick<DatabaseFacts, 'path'> & { readonly kind: 'redis' | 'valkey' },
  answers: ReadonlyMap<string, string>,
): Possible<RedisPlan> {
  const said = (name: string) => answers.get(name) ?? ''
  const inside = `in container "${container.name}"`
  const title = database.kind === 'redis' ? 'Redis' : 'Valkey'
  if (answers.has('problem')) return impossible(`its server ${inside} ${printableText(said('problem'))}`)
  if (said('loading') !== '0') return impossible(`its server ${inside} has not loaded its data yet`)
  if (said('appendonly') !== 'no' || said('aof_enabled') !== '0')
    return impossible(
      'its append-only file is written to all the time, and can only be copied while it is held',
    )
  if (said('cluster_enabled') !== '0') return impossible('it is a node of a cluster')
  const file = said('dbfilename')
  if (!/^[\w.+@:-]+$/.test(file))
    return impossible(`the name of its file "${printableText(file)}" is unusual`)
  return {
    possible: true,
    plan: {
      database: database.kind,
      container,
      path: database.path,
      file,
      bytes: Number.parseInt(said('used_memory_dataset'), 10) || 0,
    },
    why: `${title} saves all of its data at one instant while it runs (BGSAVE ${inside})`,
  }
}
