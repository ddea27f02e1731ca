/** What runs the audit for others (.pre-commit-hooks.yaml, action.yml), held against the command. */
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { sourceCommands } from '../../src/cli/commands.ts'

const root = path.resolve(import.meta.dirname, '..', '..')
const read = (file: string) => readFileSync(path.join(root, file), 'utf8')
const { commands } = await (await sourceCommands(root)).describe()
const flags = commands.find(({ id }) => id === 'audit')?.flags ?? {}

/** Options in a command line that the command does not have. */
function unknownOptions(line: string): readonly string[] {
  return [...line.matchAll(/\s--([a-z][a-z-]*)/g)]
    .map(([, name = '']) => name)
    .filter((name) => flags[name] === undefined && flags[name.replace(/^no-/, '')]?.allowNo !== true)
}

test('an option that the command does not have must be noticed', () => {
  expect(unknownOptions('audit --no-live --liev --no-fix --format sarif')).toEqual(['liev', 'no-fix'])
})

describe('.pre-commit-hooks.yaml', () => {
  type Hook = { id: string; entry: string; files: string; language: string; pass_filenames: boolean }
  const hooks: readonly Hook[] = parse(read('.pre-commit-hooks.yaml'))
  const [hook] = hooks

  test('must call the audit with options that it has, and without an engine', () => {
    expect(hooks).toHaveLength(1)
    expect(hook?.entry).toMatch(/^docker vol audit .*--no-live/)
    expect(unknownOptions(hook?.entry ?? '')).toEqual([])
  })

  test('must not hand over names: files that are given together are one project', () => {
    expect(hook?.pass_filenames).toBe(false)
  })

  test.each([
    ['compose.yaml', true],
    ['docker-compose.yml', true],
    ['docker-compose.override.yml', true],
    ['deploy/compose.prod.yaml', true],
    ['.docker-vol.yaml', true],
    ['.env', true],
    ['src/compose.ts', false],
    ['decompose.yaml', false],
    ['docs/audit.md', false],
  ])('a change of %s must start it: %j', (file, starts) => {
    expect(new RegExp(hook?.files ?? '').test(file)).toBe(starts)
  })
})

describe('action.yml', () => {
  type Step = { run: string; env?: Record<string, string> }
  type Action = {
    inputs: Record<string, { description: string; default: string }>
    outputs: Record<string, { value: string }>
    runs: { using: string; steps: readonly Step[] }
  }
  const action: Action = parse(read('action.yml'))
  const script = read('scripts/audit-action.sh')
  const text = read('action.yml')

  test('must call the audit with options that it has', () => {
    const lines = script.split('\n').filter((line) => line.includes('vol audit'))
    expect(lines).toHaveLength(2)
    for (const line of lines) expect(unknownOptions(line)).toEqual([])
  })

  test('every input must say what it is, have a default, and be used', () => {
    for (const [name, input] of Object.entries(action.inputs)) {
      expect(input.description).toMatch(/\S/)
      expect(input.default).toBeDefined()
      expect(text).toContain(`inputs.${name} }}`)
    }
    const used = [...text.matchAll(/\binputs\.([\w-]+)/g)].map(([, name = '']) => name)
    expect(used.filter((name) => action.inputs[name] === undefined)).toEqual([])
  })

  test('the default of fail-on must be that of the command, and every value one of its own', () => {
    expect(action.inputs['fail-on']?.default).toBe(flags['fail-on']?.default)
    expect(flags['fail-on']?.options).toEqual(['error', 'warning', 'info', 'never'])
  })

  test('what is given must never become part of a script', () => {
    for (const { run } of action.runs.steps) expect(run).not.toContain('${{')
  })

  test('the script must take what the step gives it, and nothing else', () => {
    const given = Object.keys(action.runs.steps.at(-1)?.env ?? {})
    const taken = [...script.matchAll(/"?\$(AUDIT_\w+)/g)].map(([, name = '']) => name)
    expect([...new Set(taken)].toSorted()).toEqual(given.toSorted())
  })
})
