import { startFrameReader } from '../frames/read.ts'
import type { RestoreSetStep } from '../plan/step.ts'
import type { ProgressTaskPort, World } from '../plan/world.ts'
import type { Filled } from '../volumes/fill.ts'
import { fillTogether } from '../volumes/fill-together.ts'
import { checkWhole, fillRequestOf, type Needed } from './restore-volume.ts'

/**
 * Restores the volumes of a project together; what came of each, in their order. Every byte of every snapshot is checked
 * before the first is written: SNAPSHOT_DAMAGED, and nothing was touched.
 */
export async function restoreSet(world: World, step: RestoreSetStep): Promise<readonly Filled[]> {
  const { restores, hold, set } = step
  const reader = startFrameReader(world.signal)
  const tasks: ProgressTaskPort[] = []
  try {
    const checked: { readonly needed: Needed; readonly task: ProgressTaskPort }[] = []
    for (const { volume, snapshot } of restores) {
      const task = world.progress.start(`Restore ${volume}`)
      tasks.push(task)
      checked.push({ task, needed: await checkWhole(world, snapshot, reader, task) })
    }
    const requests = restores.flatMap((restore, index) => {
      const one = checked[index]
      return one === undefined ? [] : [fillRequestOf(world, restore, { ...one, reader })]
    })
    const filled = await fillTogether(world, { requests, hold, project: set.project })
    for (const task of tasks) task.finish()
    return filled
  } catch (error) {
    for (const task of tasks) task.fail()
    throw error
  } finally {
    await reader.close()
  }
}
