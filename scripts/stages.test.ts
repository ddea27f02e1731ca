import path from 'node:path'
import { expect, test } from 'vitest'
import { countOf, failedFiles, failuresOf, slowestOf, withSecondTry, type Report } from './stages.ts'

function report(...files: readonly { status: string; tests: readonly string[] }[]): Report {
  return {
    success: true,
    testResults: files.map(({ status, tests }) => ({
      name: 'some.test.ts',
      status,
      message: '',
      assertionResults: tests.map((one) => ({ fullName: 'a test', status: one })),
    })),
  }
}

test('tests are counted over all files', () => {
  const files = [
    { status: 'passed', tests: ['passed', 'pending'] },
    { status: 'failed', tests: ['passed', 'failed'] },
  ]
  expect(countOf(report(...files), false)).toEqual({ passed: 2, failed: 1, skipped: 1 })
})

test('a file that cannot be loaded is a failure', () => {
  expect(countOf(report({ status: 'failed', tests: [] }), false)).toMatchObject({ passed: 0, failed: 1 })
})

test('a file whose clean-up fails after its tests have passed is a failure', () => {
  expect(countOf(report({ status: 'failed', tests: ['passed'] }), false)).toMatchObject({
    passed: 1,
    failed: 1,
  })
})

test('a run that fails outside of any test is a failure', () => {
  expect(countOf(report({ status: 'passed', tests: ['passed'] }), false)).toMatchObject({
    passed: 1,
    failed: 1,
  })
})

test('a run without a report is a failure', () => {
  expect(countOf(undefined, false)).toEqual({ passed: 0, failed: 1, skipped: 0 })
})

test('what failed is named with the first lines of why, and what passed is not', () => {
  const why = Array.from({ length: 50 }, (_, line) => `line ${line}`).join('\n')
  const read: Report = {
    success: false,
    testResults: [
      {
        name: path.resolve('test/some.test.ts'),
        status: 'failed',
        message: '',
        assertionResults: [
          { fullName: 'is well', status: 'passed' },
          { fullName: 'is ill', status: 'failed', failureMessages: [why] },
        ],
      },
      {
        name: path.resolve('test/other.test.ts'),
        status: 'failed',
        message: 'cannot load',
        assertionResults: [],
      },
    ],
  }
  const [ill = '', unloaded] = failuresOf(read)
  expect(ill).toMatch(/^FAILED test\/some\.test\.ts: is ill\nline 0\nline 1\n/)
  expect(ill.split('\n')).toHaveLength(13)
  expect(unloaded).toBe('FAILED test/other.test.ts\ncannot load')
  expect(failuresOf(undefined)).toEqual([])
})

const file = (name: string, seconds: number) => ({
  name: path.resolve(name),
  status: 'passed',
  message: '',
  startTime: 1000,
  endTime: 1000 + seconds * 1000,
  assertionResults: [],
})

test('the files that took longest are named, the longest first, and short ones are not', () => {
  const testResults = [file('test/a.test.ts', 31), file('test/b.test.ts', 3), file('test/c.test.ts', 120.4)]
  expect(slowestOf({ success: true, testResults })).toEqual([
    '   120 s  test/c.test.ts',
    '    31 s  test/a.test.ts',
  ])
})

const tried = (name: string, status: string) => ({
  ...file(name, 1),
  status,
  assertionResults: [{ fullName: 'a test', status }],
})

test('a second run decides for the files that it ran, and for no others', () => {
  const first = {
    success: false,
    testResults: [
      tried('test/a.test.ts', 'passed'),
      tried('test/b.test.ts', 'failed'),
      tried('test/c.test.ts', 'failed'),
    ],
  }
  expect(failedFiles(first)).toEqual(['test/b.test.ts', 'test/c.test.ts'])
  const second = {
    success: false,
    testResults: [tried('test/b.test.ts', 'passed'), tried('test/c.test.ts', 'failed')],
  }
  const both = withSecondTry(first, second)
  expect(countOf(both, false)).toEqual({ passed: 2, failed: 1, skipped: 0 })
  expect(failedFiles(both)).toEqual(['test/c.test.ts'])
  expect(countOf(withSecondTry(first, { ...second, testResults: [] }), false).failed).toBe(2)
})
