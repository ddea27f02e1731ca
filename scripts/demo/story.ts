/** The main job: a volume with a database is lost, and comes back. */
import { volume, project } from './place.ts'
import type { Screen } from './screen.ts'
import type { Typed } from './typed.ts'

const rows = 10_000
const makeRows = `CREATE TABLE orders AS SELECT id, (random() * 100)::numeric(8,2) AS total FROM generate_series(1, ${rows}) id`
const lookAtRows = 'SELECT count(*) AS orders, sum(total) AS revenue FROM orders'

/** Returns how many rows came back; fails when one of them is not what it was. */
export async function tellStory(screen: Screen, { type, ask, does }: Typed): Promise<number> {
  const allRows = () =>
    ask('docker', 'compose', 'exec', '-T', 'db', 'psql', '-At', '-c', 'TABLE orders ORDER BY id')

  await screen.say('A shop: a real Postgres in a Compose project, with ten thousand orders in it.')
  await type('docker', 'compose', 'up', '-d', '--wait')
  await type(...sql(makeRows))
  await type(...sql(lookAtRows))
  const before = await allRows()
  const count = before.split('\n').length
  if (count !== rows) throw new Error(`There should be ${rows} rows to lose, but there are ${count}.`)

  await screen.say('Its data is in a volume. docker vol knows whose it is and who uses it.')
  await type('docker', 'vol', 'ls', '--filter', `project=${project}`)

  await screen.say(
    'Take a snapshot while it runs: Postgres makes a backup of itself. Then have Postgres check a copy of it.',
  )
  await type('docker', 'vol', 'snapshot', volume)
  await type('docker', 'vol', 'verify', '--boot', `${volume}@latest`)

  await screen.say('Now it happens: somebody tidies up, and the volume is gone.')
  await type('docker', 'compose', 'down')
  await type('docker', 'volume', 'rm', volume)
  if (await does('docker', 'volume', 'inspect', volume))
    throw new Error('The volume is still there: nothing was lost, so nothing can be shown.')

  await screen.say('The snapshot is not in the volume, so it is still there. Bring the data back.')
  await type('docker', 'vol', 'snapshots')
  await type('docker', 'vol', 'restore', `${volume}@latest`)
  await type('docker', 'compose', 'up', '-d', '--wait')
  await type(...sql(lookAtRows))
  if ((await allRows()) !== before) throw new Error('The rows are not what they were before the loss.')
  return count
}

function sql(query: string): readonly string[] {
  return ['docker', 'compose', 'exec', 'db', 'psql', '-c', query]
}
