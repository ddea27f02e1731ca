import type { DockerCommand } from '../../docker/command.ts'
import { inspectionOf } from '../../docker/inspection.ts'
import type { Project } from '../model/project.ts'

/** Milliseconds that an engine which nobody asked for may take to answer. */
const patience = 3000

/**
 * Whether an engine answers soon and has containers that Compose made from this very folder: another project of the
 * same name, elsewhere, is not looked at unasked.
 */
export async function hasContainers(docker: DockerCommand, { name, directory }: Project): Promise<boolean> {
  const signal = AbortSignal.any([docker.signal, AbortSignal.timeout(patience)])
  try {
    return (await inspectionOf({ ...docker, signal }).ofProject(name, directory)).length > 0
  } catch {
    docker.signal.throwIfAborted()
    return false
  }
}
