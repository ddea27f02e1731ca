/** A process that holds a helper and does nothing else, for a test to kill. Says `held` once it has it. */
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { dockerPort } from '../../src/docker/engine.ts'

const [command = '', image = '', name = '', volume = ''] = process.argv.slice(2)
const docker = dockerPort({
  command,
  globals: [],
  environment: process.env,
  signal: new AbortController().signal,
})
const helper = await docker.startHelper({
  image,
  name,
  labels: { 'docker-vol.operation': 'held' },
  mounts: [{ volume, path: 'volume', readOnly: false }],
})
void helper.run({ text: 'sleep 600', arguments: [] })
await sleep(500)
console.log('held')
await sleep(600_000)
