import { inject } from 'vitest'
import { dockerContract } from './docker.ts'
import { realDocker } from './real.ts'

// On the same machine, where data goes through a pipe that this process and the helper share.
dockerContract('on this machine', async () => realDocker(inject('bed'), inject('runId')))
