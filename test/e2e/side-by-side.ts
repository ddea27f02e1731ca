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
  await Promise.all(Array.from({ length: atOnce }, (_, number) => worker(number)))
}
