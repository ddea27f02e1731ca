import { expect, test } from 'vitest'
import { failuresIn } from './vanished.ts'

test.each([
  'tar: ./a: Cannot stat: No such file or directory',
  'tar: ./a: File removed before we read it',
  'tar: ./a: file changed as we read it',
  'tar: ./a: File shrank by 1 byte; padding with zeros',
  'tar: ./a: File shrank by 512 bytes; padding with zeros',
  'tar: ./a: Warning: Cannot llistxattr: Operation not supported',
  'tar: Exiting with failure status due to previous errors',
  "cp: cannot stat './a': No such file or directory",
  "cp: skipping file './a', as it was replaced while being copied",
  '',
])('no failure is %j', (line) => {
  expect(failuresIn(`${line}\n`)).toEqual([])
})

test.each([
  'tar: ./a: Read error at byte 0, while reading 512 bytes: Input/output error',
  'tar: ./a: Cannot open: Permission denied',
  "tar: './x: No such file or directory': Cannot open: Input/output error",
  "cp: error reading './a': Input/output error",
  "cp: error writing './a': No space left on device",
  'tar: memory exhausted',
])('a failure is %j, whatever else was said', (line) => {
  const said = `tar: ./b: Cannot stat: No such file or directory\n${line}\ntar: Exiting with failure status due to previous errors\n`
  expect(failuresIn(said)).toEqual([line])
})
