/** Does something with each of many things, a few at a time. The first failure ends it. */
export async function sideBySide<Thing>(
  things: readonly Thing[],
  atOnce: number,
  action: (thing: Thing, worker: number) => Promise<void>,
): Promise<void> {
  const waiting = things.values()
  const worker = async (number: number): Promise<void> => {
    for (const thing of waiting) await action(thing, number)
  }
  // What is under way when one fails comes to its end first, so that the next test finds nobody at work.
  const ended = await Promise.allSettled(Array.from({ length: atOnce }, (_, number) => worker(number)))
  for (const each of ended) if (each.status === 'rejected') throw each.reason
}
