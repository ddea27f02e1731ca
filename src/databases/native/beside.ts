import { helperLabel } from '../../docker/observe.ts'
import type { Helper, PipedScript, Script } from '../../docker/docker.ts'
import { isVolError } from '../../errors.ts'
import type { Container } from '../../facts.ts'
import type { World } from '../../plan/world.ts'
import { newOperation } from '../../volumes/session.ts'

/**
 * Runs a script in a container of its own, of the image of a server's and in its network, and reads what it prints.
 * Undefined when no such container can be started; the container goes when the script has ended, which `closed` tells:
 * its result need not wait for that.
 */
export async function startBeside(
  world: World,
  { id, imageId }: Pick<Container, 'id' | 'imageId'>,
  script: Omit<Script, 'input'>,
): Promise<(PipedScript & { readonly closed: Promise<void> }) | undefined> {
  const operation = newOperation()
  let helper: Helper
  try {
    helper = await world.docker.startHelper({
      image: imageId,
      name: `docker-vol-beside-${operation}`,
      labels: { [helperLabel]: operation },
      mounts: [],
      beside: id,
    })
  } catch (error) {
    // The image may be gone, or the network one that cannot be shared.
    if (!isVolError(error, 'DOCKER_FAILED') && !isVolError(error, 'HELPER_IMAGE_NOT_FOUND')) throw error
    return undefined
  }
  try {
    const piped = await helper.reading(script)
    const close = () => helper.close()
    const closed = piped.result.then(close, close)
    closed.catch(() => undefined)
    return {
      ...piped,
      closed,
      wake() {
        piped.wake()
        void helper.close()
      },
    }
  } catch (error) {
    await helper.close()
    throw error
  }
}
