/** What `pg_controldata` prints, by its labels. It is run with LC_ALL=C. */
export function readControlData(output: string): ReadonlyMap<string, string> {
  return new Map(
    output.split('\n').flatMap((line): [string, string][] => {
      const at = line.indexOf(':')
      return at === -1 ? [] : [[line.slice(0, at).trim(), line.slice(at + 1).trim()]]
    }),
  )
}

/** Whether a cluster ended in good order, so that its files say everything. A standby's end is none. */
export function isShutDown(control: ReadonlyMap<string, string>): boolean {
  return control.get('Database cluster state') === 'shut down'
}
