import { expect, test } from 'vitest'
import { redactOptions } from './redact.ts'

test.each([
  ['a password of its own', { password: 'hunter2' }, { password: '***' }],
  [
    'names in any style',
    { accessKey: 'hunter2', S3_SECRET: 'hunter2', 'auth-token': 'hunter2' },
    { accessKey: '***', S3_SECRET: '***', 'auth-token': '***' },
  ],
  ['credentials', { credentials: '/etc/hunter2' }, { credentials: '***' }],
  [
    'CIFS options',
    { o: 'addr=nas,username=me,password=hunter2,vers=3.0' },
    { o: 'addr=nas,username=me,password=***,vers=3.0' },
  ],
  ['a short name', { o: 'user=me,pass=hunter2' }, { o: 'user=me,pass=***' }],
  ['a password that holds a comma', { o: 'password=hun,,ter2,ro' }, { o: 'password=***,ro' }],
  ['a password that holds an equals sign', { o: 'password=hun=ter2,ro' }, { o: 'password=***,ro' }],
  ['a password behind the user', { o: 'user=me%hunter2,ro' }, { o: 'user=me%***,ro' }],
  [
    'a URL',
    { device: 'https://me:hunter2@nas.example/share' },
    { device: 'https://me:***@nas.example/share' },
  ],
  [
    'a URL with @ in the password',
    { device: 'davs://me:hun@ter2@nas/share' },
    { device: 'davs://me:***@nas/share' },
  ],
  ['a UNC path', { device: '//me:hunter2@nas/share' }, { device: '//me:***@nas/share' }],
  ['a query', { device: 'https://nas/x?a=1&token=hunter2' }, { device: 'https://nas/x?a=1&token=***' }],
])('%s keeps no secret', (_, options, expected) => {
  const { options: kept, redactedOptions } = redactOptions(options)
  expect(kept).toEqual(expected)
  expect(redactedOptions).toEqual(Object.keys(options).sort())
  expect(JSON.stringify(kept)).not.toMatch(/hun|ter2/)
})

test.each([
  [{}],
  [{ type: 'nfs', device: ':/export/a', o: 'addr=10.0.0.1,rw,nfsvers=4,soft' }],
  [{ type: 'tmpfs', device: 'tmpfs', o: 'size=100m,uid=1000' }],
  [{ o: 'username=me,domain=HOME,sec=ntlmssp', device: '//nas/share' }],
  [{ device: 'ssh://me@nas:22/path', mountpoint: '/a@b', o: 'bind' }],
  [{ o: 'password=', keyboard: 'us', compass: 'north' }],
])('%j is left as it is', (options) => {
  expect(redactOptions(options)).toEqual({ options, redactedOptions: [] })
})

test('an option named __proto__ is an option', () => {
  const options = Object.fromEntries([
    ['__proto__', 'x'],
    ['password', 'hunter2'],
  ])
  expect(JSON.stringify(redactOptions(options).options)).toBe('{"__proto__":"x","password":"***"}')
})
