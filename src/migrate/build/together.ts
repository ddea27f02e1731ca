/** Waits for both also when one fails, so that nothing goes on unseen. Fails as the first of them does. */
export async function together<One, Other>(
  one: Promise<One>,
  other: Promise<Other>,
): Promise<readonly [One, Other]> {
  await Promise.allSettled([one, other])
  return [await one, await other]
}
