import { describe, expect, test } from 'vitest'
import { exampleLook, madeUpLook } from './examples.ts'
import { mariadb } from './mariadb.ts'
import { mysql } from './mysql.ts'

/** The beginning of a redo log that says who wrote it. */
function logOf(creator: string): Buffer {
  const log = Buffer.alloc(64)
  log.write(creator, 16, 'latin1')
  return log
}

/** The beginning of a tablespace of this server version. */
function tablespaceOf(version: number): Buffer {
  const page = Buffer.alloc(64)
  page.writeUInt32BE(version, 8)
  return page
}

describe('MySQL', () => {
  test('the files of a real server tell its version and its identity', () => {
    expect(mysql.fromFiles(exampleLook('mysql'))).toEqual([
      {
        kind: 'mysql',
        version: '9.7',
        path: '.',
        recognisedBy: 'files',
        details: {
          serverVersion: '9.7.4',
          serverUuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
          redoLogCreator: 'MySQL 9.7.4',
        },
      },
    ])
    expect(mariadb.fromFiles(exampleLook('mysql'))).toEqual([])
  })

  test.each([
    ['8.0', { 'mysql.ibd': tablespaceOf(80_044) }, '8.0.44'],
    ['8.4', { 'mysql.ibd': tablespaceOf(80_405), ib_logfile0: logOf('MySQL 8.0.30') }, '8.4.5'],
    ['5.7, without a data dictionary', { ib_logfile0: logOf('MySQL 5.7.44') }, '5.7.44'],
    ['5.7, upgraded', { ib_logfile0: logOf('MySQL 5.7.10'), mysql_upgrade_info: '5.7.44' }, '5.7.44'],
  ])('%s', (name, files, serverVersion) => {
    const look = madeUpLook({ 'data/ibdata1': {}, ...inData(files) })
    expect(mysql.fromFiles(look)).toMatchObject([
      { path: 'data', version: name.slice(0, 3), details: { serverVersion } },
    ])
  })

  test('a data dictionary whose version is impossible has none', () => {
    const [facts] = mysql.fromFiles(madeUpLook({ ibdata1: {}, 'mysql.ibd': tablespaceOf(0xffffffff) }))
    expect(facts).toEqual({ kind: 'mysql', path: '.', recognisedBy: 'files', details: {} })
  })
})

describe('MariaDB', () => {
  test('the files of a real server tell its version', () => {
    expect(mariadb.fromFiles(exampleLook('mariadb'))).toEqual([
      {
        kind: 'mariadb',
        version: '11.8',
        path: '.',
        recognisedBy: 'files',
        details: { serverVersion: '11.8.9', redoLogCreator: 'MariaDB 11.8.9' },
      },
    ])
    expect(mysql.fromFiles(exampleLook('mariadb'))).toEqual([])
  })

  test.each([
    [
      'the old name of what it notes',
      { aria_log_control: {}, mysql_upgrade_info: '10.5.23-MariaDB' },
      '10.5',
    ],
    ['its redo log alone', { ib_logfile0: logOf('MariaDB 10.11.6') }, '10.11'],
    ['Aria alone', { aria_log_control: {} }, undefined],
  ])('%s', (_, files, version) => {
    const [facts] = mariadb.fromFiles(madeUpLook({ 'data/ibdata1': {}, ...inData(files) }))
    expect(facts).toMatchObject({ kind: 'mariadb', path: 'data' })
    expect(facts?.version).toBe(version)
  })
})

test('InnoDB’s files alone are neither', () => {
  const look = madeUpLook({ ibdata1: {}, ib_logfile0: logOf('Percona XtraBackup 8') })
  expect([...mysql.fromFiles(look), ...mariadb.fromFiles(look)]).toEqual([])
})

function inData<Content>(files: Readonly<Record<string, Content>>): Record<string, Content> {
  return Object.fromEntries(Object.entries(files).map(([name, content]) => [`data/${name}`, content]))
}
