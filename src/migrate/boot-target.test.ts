import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { namedFiles, refusalIn, usableOptions } from './boot-target.ts'
import { variablesInShell } from './variables-in-shell.ts'

test.each([
  [['-c', 'work_mem=8MB'], ['-c', 'work_mem=8MB'], []],
  [
    ['-c', 'config_file=/etc/postgresql.conf', '-N', '20'],
    ['-N', '20'],
    ['config_file=/etc/postgresql.conf'],
  ],
  [['-chba_file=/etc/hba'], [], ['hba_file=/etc/hba']],
  [['--ssl_cert_file=/certs/a'], [], ['ssl_cert_file=/certs/a']],
  [['-c', 'hba_file=/data/own'], ['-c', 'hba_file=/data/own'], []],
  [['-c', 'ssl_cert_file=server.crt'], ['-c', 'ssl_cert_file=server.crt'], []],
])('of the options %j those can be tried: %j', (given, options, left) => {
  expect(usableOptions(given, '/data')).toEqual({ options, left })
})

test('variables come through a shell as they are, whatever is in them', () => {
  const odd = `it's "$HOME" \`id\` \\ and\na line`
  const script = `${variablesInShell(
    new Map([
      ['ODD', odd],
      ['no-name', 'x'],
    ]),
  )}printf %s "$ODD"`
  expect(execFileSync('sh', { input: script, encoding: 'utf8' })).toBe(odd)
})

test('variables that name files must be known by their names, and their values stay out of it', () => {
  const environment = {
    POSTGRES_PASSWORD_FILE: '/run/secrets/it',
    POSTGRES_USER_FILE: '',
    POSTGRES_DB: 'shop',
  }
  expect(namedFiles({ environment })).toEqual(['POSTGRES_PASSWORD_FILE'])
  expect(namedFiles(undefined)).toEqual([])
})

test.each([
  ['FATAL:  password authentication failed for user "app"', true],
  ['FATAL:  no pg_hba.conf entry for host "127.0.0.1", user "app", database "app", no encryption', true],
  ['FATAL:  pg_hba.conf rejects connection for host "127.0.0.1", user "app"', true],
  ['FATAL:  role "app" does not exist', true],
  ['FATAL:  database "app" does not exist', true],
  ['FATAL:  LDAP authentication failed for user "app"', false],
  ['FATAL:  sorry, too many clients already', false],
  ['fe_sendauth: no password supplied', false],
])('whether "%s" is decided by what is in the cluster must be known', (words, isOfCluster) => {
  const said = `refused psql: error: connection to server at "127.0.0.1", port 5432 failed: ${words}\n`
  expect(refusalIn(said)).toBe(isOfCluster ? words.replace(/^FATAL: +/, '') : undefined)
})
