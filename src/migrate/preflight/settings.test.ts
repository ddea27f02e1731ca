import { expect, test } from 'vitest'
import { settingLine, settingsInForce, settingsOfArguments } from './settings.ts'

test.each([
  [['-c', 'work_mem=1MB'], [{ name: 'work_mem', value: '1MB' }]],
  [['-cwork_mem=1MB'], [{ name: 'work_mem', value: '1MB' }]],
  [['--work-mem=1MB'], [{ name: 'work_mem', value: '1MB' }]],
  [
    ['-p', '5433', '-k/run'],
    [
      { name: 'port', value: '5433' },
      { name: 'unix_socket_directories', value: '/run' },
    ],
  ],
  [['-c', 'search_path=a=b, c'], [{ name: 'search_path', value: 'a=b, c' }]],
  // Options that are no settings, with and without a value.
  [['-d', '2', '-F', '-D', '-c', 'x', '-c', 'port=1'], [{ name: 'port', value: '1' }]],
])('settings must be found among the arguments of a server: %j', (given, settings) => {
  expect(settingsOfArguments(given)).toEqual(settings)
})

const rows = () => [
  { name: 'Port', setting: '1' },
  { name: 'work_mem', setting: '2MB' },
  { name: 'work_mem', setting: '3MB' },
]

test('the command line must count before the files, and of these the last line', () => {
  const inForce = settingsInForce({ rows, cluster: { serverArguments: ['-c', 'port=9'] } })
  expect(Object.fromEntries(inForce)).toEqual({ port: '9', work_mem: '3MB' })
})

test('a value must stay one value in a configuration file', () => {
  expect(settingLine({ name: 'a.b', value: "it's \\ two\nlines" })).toBe(
    String.raw`a.b = 'it''s \\ two\nlines'`,
  )
})
