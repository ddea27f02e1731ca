import { expect, test } from 'vitest'
import { overridesFor, settings, settingsFromArguments } from './overrides.ts'

test('settings are taken from the arguments of a server, without those that say where it is', () => {
  const given = [
    '-c',
    'shared_preload_libraries=a,b',
    '-cwork_mem=4MB',
    '--max-locks-per-transaction=100',
    '--app.name=x=y',
    '-c',
    'config_file=/etc/postgresql.conf',
    '--port=5433',
    '-D',
    '/data',
    '-N',
    '50',
  ]
  expect(settingsFromArguments(given)).toEqual({
    shared_preload_libraries: 'a,b',
    work_mem: '4MB',
    max_locks_per_transaction: '100',
    'app.name': 'x=y',
  })
})

test('what is between quotes stays there', () => {
  expect(settings({ a: `it's`, b: '' })).toEqual([`a = 'it''s'`, `b = ''`])
})

test('nobody else reaches a server of ours', () => {
  const lines = overridesFor({ sockets: '/s', work: '/w' })
  expect(lines).toContain(`listen_addresses = ''`)
  expect(lines).toContain(`hba_file = '/w/hba.conf'`)
  expect(lines).toContain(`archive_mode = 'off'`)
})
