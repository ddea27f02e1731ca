import { expect, test } from 'vitest'
import { readLibraries, readRefused } from './try-in-target.ts'

test('a library that only wants to be loaded at the start must count as being there', () => {
  const said = [
    '$libdir/gone\tERROR:  could not access file "$libdir/gone": No such file or directory',
    '$libdir/timescaledb\tFATAL:  extension "timescaledb" must be preloaded HINT:  Please preload the timescaledb library via shared_preload_libraries.',
    '',
  ].join('\n')
  expect([...readLibraries(said)]).toEqual([
    ['$libdir/gone', 'could not access file "$libdir/gone": No such file or directory'],
  ])
})

test('of settings that are refused their names must be told, and never their values', () => {
  const said = `2026-11-23 15:00:00 UTC [1] LOG:  invalid value for parameter "password_encryption": "on"
2026-11-23 15:00:00 UTC [1] HINT:  Available values: md5, scram-sha-256.
2026-11-23 15:00:00 UTC [1] LOG:  12 is outside the valid range for parameter "port" (13 .. 65535)
2026-11-23 15:00:00 UTC [1] FATAL:  configuration file "/tmp/secret/tried.conf" contains errors
`
  expect([...readRefused(said)]).toEqual(['password_encryption', 'port'])
})
