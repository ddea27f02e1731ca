/** Does what a runner of GitHub does with a composite action: https://docs.github.com/actions, "Metadata syntax". */
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import process from 'node:process'
import { execa } from 'execa'
import { parse } from 'yaml'

type Step = {
  readonly run: string
  readonly shell: string
  readonly env?: Readonly<Record<string, string>>
  readonly 'working-directory'?: string
}

type Action = {
  readonly inputs: Readonly<Record<string, { readonly default: string }>>
  readonly outputs: Readonly<Record<string, { readonly value: string }>>
  readonly runs: { readonly using: string; readonly steps: readonly Step[] }
}

export type ActionRun = {
  /** Of the last step that ran: the first that fails is the last. */
  readonly exitCode: number | undefined
  readonly stdout: string
  readonly stderr: string
  readonly outputs: Readonly<Record<string, string>>
}

/** Runs the steps of the `action.yml` in a folder, with `with:` and in a workspace as a workflow would have them. */
export async function runAction(
  folder: string,
  given: Readonly<Record<string, string>>,
  workspace: string,
  environment: Readonly<Record<string, string>>,
): Promise<ActionRun> {
  const action: Action = parse(await readFile(path.join(folder, 'action.yml'), 'utf8'))
  if (action.runs.using !== 'composite') throw new Error(`no composite action: ${action.runs.using}`)
  const known = new Map([
    ['github.action_path', folder],
    ['github.workspace', workspace],
    ...Object.entries(action.inputs).map(([name, input]): [string, string] => [
      `inputs.${name}`,
      given[name] ?? input.default,
    ]),
  ])
  const filled = (text: string) =>
    text.replaceAll(/\$\{\{\s*([\w.-]+)\s*\}\}/g, (_all, name: string) => {
      const value = known.get(name)
      if (value === undefined) throw new Error(`the runner knows no ${name}`)
      return value
    })
  let [exitCode, stdout, stderr]: [number | undefined, string, string] = [0, '', '']
  for (const step of action.runs.steps) {
    if (step.shell !== 'bash') throw new Error(`a runner has another way with ${step.shell}`)
    const script = path.join(environment['RUNNER_TEMP'] ?? workspace, 'step.sh')
    await writeFile(script, filled(step.run))
    const ended = await execa('bash', ['--noprofile', '--norc', '-eo', 'pipefail', script], {
      cwd: step['working-directory'] === undefined ? workspace : filled(step['working-directory']),
      reject: false,
      extendEnv: false,
      env: {
        ...environment,
        PATH: environment['PATH'] ?? process.env['PATH'] ?? '',
        CI: 'true',
        GITHUB_ACTIONS: 'true',
        GITHUB_ACTION_PATH: folder,
        GITHUB_WORKSPACE: workspace,
        ...Object.fromEntries(Object.entries(step.env ?? {}).map(([name, value]) => [name, filled(value)])),
      },
    })
    exitCode = ended.exitCode
    stdout += `${ended.stdout}${ended.stdout === '' ? '' : '\n'}`
    stderr += `${ended.stderr}\n`
    if (exitCode !== 0) break
  }
  const outputs = Object.entries(action.outputs).map(([name, { value }]) => [name, filled(value)])
  return { exitCode, stdout, stderr, outputs: Object.fromEntries(outputs) }
}
