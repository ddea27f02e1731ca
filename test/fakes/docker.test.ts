import { randomBytes } from 'node:crypto'
import { dockerContract } from '../contract/docker.ts'
import { fakeEngine, fakeImage } from './docker.ts'

dockerContract('the fake', async () => {
  const engine = await fakeEngine()
  engine.image('busybox:fake', { gnu: false })
  return {
    docker: engine.docker(),
    interruptible: (signal) => engine.docker(signal),
    image: fakeImage,
    unfitImages: ['no-such-image:1', 'busybox:fake'],
    confines: false,
    name: (part) => `${part}-${randomBytes(4).toString('hex')}`,
    container: async ({ name, volume, readOnly, labels }) => {
      engine.container({ name, labels, mounts: [{ volume, destination: '/data', readOnly }] })
    },
    removeContainer: async (name) => engine.removeContainer(name),
    dispose: () => engine.dispose(),
  }
})
