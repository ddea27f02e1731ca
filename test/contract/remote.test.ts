import { inject } from 'vitest'
import { startSecondEngine } from '../bed/second-engine.ts'
import { dockerContract } from './docker.ts'
import { realDocker } from './real.ts'

// Behind an endpoint from which nothing can be shared, data goes through docker's own streams.
dockerContract('on another machine', async () => {
  const bed = inject('bed')
  const engine = await startSecondEngine(bed)
  const subject = realDocker(bed, inject('runId'), { DOCKER_HOST: engine.host })
  return { ...subject, unfitImages: ['no-such-image:1'], dispose: () => engine.stop() }
})
