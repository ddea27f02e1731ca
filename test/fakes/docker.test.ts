import { randomBytes } from 'node:crypto'
import { dockerContract } from '../contract/docker.ts'
import type { DockerUnderTest } from '../contract/subject.ts'
import { fakeEngine, fakeImage } from './docker.ts'

const make = async (): Promise<DockerUnderTest> => {
  const engine = await fakeEngine()
  engine.image('busybox:fake', { gnu: false })
  return {
    docker: engine.docker(),
    interruptible: (signal) => engine.docker(signal),
    image: fakeImage,
    unfitImages: ['no-such-image:1', 'busybox:fake'],
    name: (part) => `${part}-${randomBytes(4).toString('hex')}`,
    container: async ({ name, volume, readOnly, labels, environment = {} }) => {
      engine.container({ name, labels, environment, mounts: [{ volume, destination: '/data', readOnly }] })
    },
    removeContainer: async (name) => engine.removeContainer(name),
    dispose: () => engine.dispose(),
  }
}

dockerContract('the fake', make, { confines: false })
