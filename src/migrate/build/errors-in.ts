/**
 * The errors that psql printed, in English, without those that are expected; each of these counts once. psql and
 * pg_dumpall end well although statements failed, so what they print is what counts.
 */
export function unexpectedErrors(output: string, expected: readonly string[]): readonly string[] {
  const left = [...expected]
  return output.split('\n').flatMap((line) => {
    const said = /^(?:\S+:\d+: )?(?:ERROR|FATAL|PANIC): +(.*)$/.exec(line)?.[1]
    const failed = /^(?:psql|pg_dump|pg_dumpall|pg_restore): (?:[^:]*[:\]] )?(?:error|fatal): (.*)$/.exec(
      line,
    )
    if (said === undefined) return failed === null ? [] : [line]
    const at = left.indexOf(said)
    if (at === -1) return [line]
    left.splice(at, 1)
    return []
  })
}
