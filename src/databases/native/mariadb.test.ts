import { describe, expect, test } from 'vitest'
import type { Container } from '../../facts.ts'
import { readProbe } from './ask-servers.ts'
import { isComplete, judge } from './mariadb-backup.ts'
import { coveredByMariadb, decideMariadb } from './mariadb-decision.ts'
import { endMark } from './mariadb-scripts.ts'

// Only its name is of interest here.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const container = { id: 'abc', name: 'shop-db-1' } as Container
const answered = `backup=/usr/bin/mariadb-backup
tool=/usr/bin/mariadb-backup based on MariaDB server 11.8.9-MariaDB debian-linux-gnu (x86_64)
socket=/run/mysqld/mysqld.sock
password=MARIADB_ROOT_PASSWORD
version=11.8.9-MariaDB-0+deb13u1 from Debian
datadir=/var/lib/mysql/
log_bin=OFF
innodb_data_home_dir=
innodb_undo_directory=./
innodb_log_group_home_dir=./
innodb_data_file_path=ibdata1:12M:autoextend
aria_log_dir_path=/var/lib/mysql/
encryption=0
bytes=5808128
allowed=yes
refused=
`
const decide = (output: string) => decideMariadb(container, { path: '.' }, readProbe(output))

describe('MariaDB copies itself', () => {
  test('where its server can be backed up whole', () => {
    expect(decide(answered)).toEqual({
      possible: true,
      plan: {
        database: 'mariadb',
        container,
        path: '.',
        inside: '/var/lib/mysql/',
        backup: '/usr/bin/mariadb-backup',
        socket: '/run/mysqld/mysqld.sock',
        password: 'MARIADB_ROOT_PASSWORD',
        bytes: 5_808_128,
      },
      why: 'MariaDB 11.8.9 is backed up while it runs (mariadb-backup in container "shop-db-1")',
    })
  })

  test.each([
    [/comes without mbstream/, /^/, 'problem=comes without mbstream\n'],
    [/nobody is let in .*: denied/, /version=[\s\S]*/, 'refused=denied'],
    [/of version 11.8.8, the server of 11.8.9/, 'server 11.8.9-MariaDB', 'server 11.8.8-MariaDB'],
    [/the server of another kind/, 'version=11.8.9-MariaDB', 'version=8.4.1'],
    [/binary log/, 'log_bin=OFF', 'log_bin=ON'],
    [/binary log/, 'log_bin=OFF', 'log_bin=1'],
    [/encrypted/, 'encryption=0', 'encryption=1'],
    [/outside of its data/, 'innodb_undo_directory=./', 'innodb_undo_directory=/undo'],
    [/outside of its data/, 'aria_log_dir_path=/var/lib/mysql/', 'aria_log_dir_path=/aria'],
    [/outside of its data/, '=ibdata1:12M', '=/far/ibdata1:12M'],
    [/not allowed/, 'allowed=yes', 'allowed=no'],
  ])('not where %s', (why, what, instead) => {
    expect(decide(answered.replace(what, instead))).toEqual({
      possible: false,
      why: expect.stringMatching(why),
    })
  })

  test('not where anything that it must know is missing', () => {
    for (const name of ['backup', 'tool', 'socket', 'version', 'datadir', 'log_bin', 'encryption', 'allowed'])
      expect([name, decide(answered.replace(new RegExp(`^${name}=.*\n`, 'm'), '')).possible]).toEqual([
        name,
        false,
      ])
  })

  test('with the files of its own directory, not others', () => {
    const { files } = coveredByMariadb({ path: 'data' })
    expect(files).toContain('data/*/*.ibd')
    expect(files?.every((name) => name.startsWith('data/'))).toBe(true)
    expect(files).not.toContain('data/*')
  })
})

const ended =
  (stderr: string, exitCode = 0) =>
  () =>
    judge({ exitCode, stdout: '', stderr })

describe('a backup is complete', () => {
  const well = '[00] 2026-11-23 12:20:44 Redo log was copied.\n[00] 2026-11-23 12:20:44 completed OK!\n'

  test('when it says so as its last word, and ended well', () => {
    expect(ended(`${well}${endMark}0\n`)).not.toThrow()
    expect(isComplete(well)).toBe(true)
  })

  test.each([
    ['was ended', well, 0],
    ['ended with exit code 137', `${well}${endMark}137\n`, 137],
    ['ended with exit code 0', `${well}${endMark}0\n`, 137],
    ['did not say that it is complete', `[00] 2026-11-23 Streaming\n${endMark}0\n`, 0],
    ['did not say that it is complete', `[ERROR] InnoDB: page is corrupted\n${well}${endMark}0\n`, 0],
    ['did not say that it is complete', `${well}more\n${endMark}0\n`, 0],
  ])('not when mariadb-backup %s', (why, stderr, exitCode) => {
    expect(ended(stderr, exitCode)).toThrow(why)
  })
})
