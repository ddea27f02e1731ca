/** Runs the helper's scripts on this machine, and kills them before, or in the middle of, any program that they start. */
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { execa } from 'execa'

const programs = ['cat', 'df', 'find', 'mkdir', 'mv', 'perl', 'rm', 'rmdir', 'stat', 'sync', 'tar', 'touch']

// A move of several files is cut after the first.
const wrapper = (real: string, name: string) => `#!/bin/sh
read -r count <"$CRASH/count"; count=$((count + 1)); echo "$count" >"$CRASH/count"
if [ "$count" -eq "$CRASH_AT" ]; then
  ${name === 'mv' ? `[ "$1" != -nt ] || [ "$#" -lt 5 ] || ${real} -nt "$2" -- "$4"` : ':'}
  kill -9 0
fi
${name === 'mv' ? immovable(real) : ''}
exec ${real} "$@"
`

/** As \`mv\` does with a file that nobody may move: what is named beside it is moved. */
const immovable = (real: string) => `
case $1 in
-nt)
  target=$2; shift 3
  for each; do
    shift
    if [ "\${each##*/}" = "$CRASH_IMMOVABLE" ]; then stuck=yes; else set -- "$@" "$each"; fi
  done
  [ $# -eq 0 ] || ${real} -nt "$target" -- "$@" || exit 1
  [ -z "$stuck" ]; exit ;;
-T) [ "\${2##*/}" != "$CRASH_IMMOVABLE" ] || exit 1 ;;
esac`

export type Crashes = {
  /** Runs a script and kills it at the given program, counted from 1; never when it is 0. */
  run(
    text: string,
    args: readonly string[],
    at?: number,
  ): Promise<{ readonly stdout: string; readonly exitCode?: number | undefined }>
  /** From now on no file of this name can be moved. */
  makeImmovable(name: string): void
  /** How many programs the last script started. */
  count(): Promise<number>
}

export async function crashes(folder: string): Promise<Crashes> {
  const directory = path.join(folder, 'crashes')
  const bin = path.join(directory, 'bin')
  await mkdir(bin, { recursive: true })
  for (const name of programs) {
    const { stdout: real, exitCode } = await execa('sh', ['-c', `command -v ${name}`], { reject: false })
    if (exitCode !== 0) continue
    await writeFile(path.join(bin, name), wrapper(real, name))
    await chmod(path.join(bin, name), 0o755)
  }
  const counter = path.join(directory, 'count')
  let immovableName = ''
  return {
    makeImmovable(name) {
      immovableName = name
    },
    async run(text, args, at = 0) {
      await writeFile(counter, '0\n')
      // In a group of its own, which is what is killed.
      return await execa('sh', ['-c', text, 'sh', ...args], {
        reject: false,
        detached: true,
        env: {
          LC_ALL: 'C',
          PATH: `${bin}:${process.env['PATH']}`,
          CRASH: directory,
          CRASH_AT: String(at),
          CRASH_IMMOVABLE: immovableName,
        },
      })
    },
    count: async () => Number(await readFile(counter, 'utf8')),
  }
}
