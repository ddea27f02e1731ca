import { expect, test } from 'vitest'

import { dockerCommand, splitArguments } from './plugin.ts'

const split = (line: string, standalone = false) => {
  const { kind, docker, own, debug } = splitArguments(
    line.split(' ').filter((word) => word !== ''),
    standalone,
  )
  return [kind, docker.join(' '), own.join(' '), debug]
}

test.each([
  ['vol', 'run', '', '', false],
  ['vol snapshot x', 'run', '', 'snapshot x', false],
  ['--context foo vol snapshot x', 'run', '--context foo', 'snapshot x', false],
  ['--context=foo vol ls', 'run', '--context=foo', 'ls', false],
  ['-c foo vol ls', 'run', '-c foo', 'ls', false],
  ['-cfoo vol ls', 'run', '-cfoo', 'ls', false],
  ['-c=foo vol ls', 'run', '-c=foo', 'ls', false],
  ['-D vol ls', 'run', '-D', 'ls', true],
  ['--debug=false vol ls', 'run', '--debug=false', 'ls', false],
  ['-DH unix:///x vol ls', 'run', '-D -H unix:///x', 'ls', true],
  ['-Hunix:///x vol ls', 'run', '-Hunix:///x', 'ls', false],
  [
    '--config X --tls --log-level debug vol a --context bar -- b',
    'run',
    '--config X --tls --log-level debug',
    'a --context bar -- b',
    false,
  ],
  ['--context vol vol ls', 'run', '--context vol', 'ls', false],
  ['vol --help', 'run', '', '--help', false],
  ['--help vol', 'help', '', '', false],
  ['-h vol snapshot', 'help', '', 'snapshot', false],
  ['help vol', 'help', '', '', false],
  ['help vol snapshot', 'help', '', 'snapshot', false],
  ['--context foo help vol', 'help', '--context foo', '', false],
  ['-v vol', 'version', '', '', false],
  ['--version vol', 'version', '', '', false],
  ['__complete vol snapshot --f', 'complete', '', 'snapshot --f', false],
  ['__completeNoDesc snap', 'complete', '', 'snap', false],
  // A newer docker's flags are handed on, with their values where they must have one.
  ['--newflag vol ls', 'run', '--newflag', 'ls', false],
  ['--newflag value vol ls', 'run', '--newflag value', 'ls', false],
  ['--newflag=value vol ls', 'run', '--newflag=value', 'ls', false],
])('docker %s', (line, ...expected) => {
  expect(split(line)).toEqual(expected)
})

test.each([
  ['snapshot x', 'run', '', 'snapshot x', false],
  ['vol snapshot x', 'run', '', 'snapshot x', false],
  ['--context foo ls', 'run', '--context foo', 'ls', false],
  ['-D ls -q', 'run', '-D', 'ls -q', true],
  ['--help', 'help', '', '', false],
  ['-v', 'version', '', '', false],
  ['help snapshot', 'help', '', 'snapshot', false],
  // Nobody has checked these; what is not docker's is left for us to refuse.
  ['--nope ls', 'run', '', '--nope ls', false],
  ['-z ls', 'run', '', '-z ls', false],
])('standalone: docker-vol %s', (line, ...expected) => {
  expect(split(line, true)).toEqual(expected)
})

test('the word to be completed is kept when it is empty', () => {
  expect(splitArguments(['__complete', 'vol', 'snapshot', ''], false).own).toEqual(['snapshot', ''])
})

test('--config tells where the configuration is', () => {
  expect(splitArguments(['--config', '/c', 'vol', 'ls'], false).configDirectory).toBe('/c')
})

test.each([
  [undefined, 'run', 'docker'],
  ['', 'run', 'docker'],
  ['docker', 'run', 'docker'],
  ['./bin/docker', 'run', './bin/docker'],
  ['/usr/local/bin/docker', 'run', '/usr/local/bin/docker'],
  ['/home/me/.docker/cli-plugins/docker-vol', 'run', 'docker'],
  ['/somewhere/renamed', 'run', 'docker'],
  ['/usr/local/bin/docker', 'complete', 'docker'],
] as const)('the docker to call back for %s while we %s is %s', (original, kind, expected) => {
  const links: Record<string, string> = { '/somewhere/renamed': '/opt/vol/bin/docker-vol' }
  const resolve = (file: string) => links[file] ?? file
  expect(dockerCommand(original, kind, '/opt/vol/bin/docker-vol', resolve)).toBe(expected)
})
