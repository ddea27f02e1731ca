import { isVolError } from '../../errors.ts'
import { isAlive, type Container, type ObservedVolume } from '../../facts.ts'
import type { World } from '../../plan/world.ts'
import { lookOutside, type Covered } from '../../volumes/outside.ts'
import { withHelper } from '../../volumes/session.ts'
import { impossible, type Possible } from './possible.ts'

export type Question = {
  /** Where in the volume the data lies; `.` is the root. */
  readonly path: string
  /** A script that is given the same place in the container, and prints `name=value` lines. */
  readonly text: string
  /** As whom; the container's own user unless given. */
  readonly user?: string
}

/** Asks every running container that has a volume writable, until one answers that it can be copied by its own means. */
export async function askServers<Plan>(
  world: World,
  { volume, consumers }: ObservedVolume,
  question: Question,
  decide: (
    container: Container,
    answers: ReadonlyMap<string, string>,
    /** Where the container has the volume. */
    destination: string,
  ) => Possible<Plan>,
): Promise<Possible<Plan>> {
  const reasons: string[] = []
  for (const container of consumers)
    for (const mount of container.mounts) {
      if (mount.volume !== volume.name || mount.readOnly || !isAlive(container)) continue
      const { destination } = mount
      const inside = question.path === '.' ? destination : `${destination}/${question.path}`
      const answered = await ask(world, container, question, inside)
      const decided =
        typeof answered === 'string'
          ? impossible(`container "${container.name}" cannot be asked: ${answered}`)
          : decide(container, answered, destination)
      if (decided.possible) return decided
      reasons.push(decided.why)
    }
  return impossible(reasons[0] ?? 'no container with its server is running')
}

/** What a container answered, or why it did not. */
async function ask(
  world: World,
  { id, state }: Container,
  { text, user }: Question,
  inside: string,
): Promise<ReadonlyMap<string, string> | string> {
  if (state !== 'running') return `it is ${state}`
  try {
    const script = { container: id, text, arguments: [inside] }
    const { stdout } = await world.docker.execute(user === undefined ? script : { ...script, user })
    return readProbe(stdout)
  } catch (error) {
    if (!isVolError(error, 'DOCKER_FAILED')) throw error
    return (error.output ?? error.message).split('\n')[0] ?? ''
  }
}

/** What was asked inside a container: `name=value` lines, the first of each name. */
export function readProbe(output: string): ReadonlyMap<string, string> {
  const answers = new Map<string, string>()
  for (const line of output.split('\n')) {
    const at = line.indexOf('=')
    const name = line.slice(0, at)
    if (at > 0 && !answers.has(name)) answers.set(name, line.slice(at + 1))
  }
  return answers
}

/** Why a volume cannot be made whole from a copy of what is covered; undefined when it can. Starts a helper. */
export async function whatIsBeside(
  world: World,
  { volume, consumers }: ObservedVolume,
  covered: Covered,
): Promise<string | undefined> {
  const images = consumers.map(({ imageId }) => imageId)
  const { stranger } = await withHelper(world, { reads: volume.name, images }, (helper) =>
    lookOutside(helper, 'volume', covered),
  )
  if (stranger === undefined) return undefined
  return `the volume holds more than its database ("${stranger}"), which a backup would leave out`
}
