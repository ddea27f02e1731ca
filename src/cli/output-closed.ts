/** Nobody reads our output any more (`docker vol ls | head -1`): no failure, but no reason to go on either. */
export class OutputClosed extends Error {
  constructor(cause?: unknown) {
    super('The output was closed.', { cause })
    this.name = 'OutputClosed'
  }
}
