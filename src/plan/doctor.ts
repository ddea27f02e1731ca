import { defaultHelperImage } from '../docker/helper-image.ts'
import { isVolError, withOutput } from '../errors.ts'
import { counted } from '../units.ts'
import { heldByOthers, interruptedElsewhere, putInterruptedRight } from './interrupted.ts'
import type { World } from './world.ts'

/** What was looked at: in order, put right, or wrong. */
export type Finding = {
  readonly check: string
  readonly state: 'ok' | 'mended' | 'wrong'
  readonly about: string
}

/** Looks at what docker vol stands on, and puts right what interrupted runs left. */
export async function* examine(world: World): AsyncGenerator<Finding> {
  yield await checked('store', () => examineStore(world))
  const engine = await checked('engine', async () => {
    const { version, endpoint } = await world.docker.engine()
    return `${version} at ${endpoint}`
  })
  yield engine
  if (engine.state === 'wrong') return
  yield await checked('helper image', () => examineHelperImage(world))
  try {
    const here = await putInterruptedRight(world)
    const elsewhere = await interruptedElsewhere(world)
    const others = await heldByOthers(world)
    if (here.length + elsewhere.length + others.length === 0)
      yield { check: 'interrupted runs', state: 'ok', about: 'none' }
    for (const { about, mended } of here)
      yield { check: 'interrupted runs', state: mended ? 'mended' : 'wrong', about }
    for (const about of [...elsewhere, ...others]) yield { check: 'interrupted runs', state: 'ok', about }
  } catch (error) {
    yield wrong('interrupted runs', error)
  }
}

async function examineStore({ store }: World): Promise<string> {
  await store.clean()
  const [snapshots, problems] = await Promise.all([store.list(), store.problems()])
  const [first] = problems
  if (first !== undefined)
    throw new Error(
      `${counted(problems.length, 'snapshot', 'snapshots')} cannot be read, first ${first.volume}@${first.id}: ${first.message}`,
    )
  return `${counted(snapshots.length, 'snapshot', 'snapshots')} in ${store.location}`
}

async function examineHelperImage({ docker, helperImage }: World): Promise<string> {
  const wanted = helperImage ?? defaultHelperImage
  if ((await docker.image(wanted)) !== undefined) return `${wanted} is here`
  if (helperImage !== undefined) throw new Error(`${wanted} is not here; docker pull it, or choose another`)
  return `${wanted} is not here; an image of the volume's containers is used, or the default pulled`
}

async function checked(check: string, look: () => Promise<string>): Promise<Finding> {
  try {
    return { check, state: 'ok', about: await look() }
  } catch (error) {
    return wrong(check, error)
  }
}

function wrong(check: string, error: unknown): Finding {
  const message = withOutput(error)
  if (!isVolError(error)) return { check, state: 'wrong', about: message }
  const [next] = error.suggestions
  return { check, state: 'wrong', about: `${message}${next === undefined ? '' : ` ${next}`}` }
}
