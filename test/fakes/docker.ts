import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { arch, tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import type { Docker, Helper, HelperRequest } from '../../src/docker/docker.ts'
import { accidentLabel } from '../../src/docker/helper-container.ts'
import { helperLabel } from '../../src/docker/observe.ts'
import { VolError } from '../../src/errors.ts'
import { exampleImage } from '../../src/examples.ts'
import type { Container, Image, Volume } from '../../src/facts.ts'
import { hostExecute, hostExecuteReading } from './execute.ts'
import { fakeLife } from './life.ts'
import { hostHelper } from './helper.ts'
import { engineTime } from './clock.ts'

/** A stand-in for an engine. Its volumes are folders of this machine, and what it runs are this machine's programs. */
export type FakeEngine = {
  /** Docker as one command sees it; the signal is that of the command. */
  docker(signal?: AbortSignal): Docker
  /** The folder of a volume. */
  folder(volume: string): string
  /** Adds a container; what is not said is as of a running one of no project. */
  container(container: Partial<Container> & Pick<Container, 'name'>): Container
  removeContainer(name: string): void
  /** Adds an image. One without GNU tar cannot serve as helper; a remote one has to be pulled before. */
  image(reference: string, properties?: { readonly gnu?: boolean; readonly remote?: boolean }): Image
  /** Removes all of it from the machine. */
  dispose(): Promise<void>
}

type FakeImage = Image & { readonly gnu: boolean; remote: boolean }

/** The image that a fake engine has from the start, with GNU tar. */
export const fakeImage = 'debian:fake'

/** How long the real one waits for a helper of the same name to go away. */
const patience = 3000

/**
 * Makes an engine without volumes. It keeps the promises of test/contract like the real one, but for what needs
 * an engine: a mount that is read-only can be written, and helpers have all the rights of the caller.
 */
export async function fakeEngine(): Promise<FakeEngine> {
  const root = await mkdtemp(path.join(tmpdir(), 'docker-vol-fake-'))
  const volumes = new Map<string, Volume>()
  const containers = new Map<string, Container>()
  const images = new Map<string, FakeImage>()
  const folder = (volume: string) => path.join(root, volume)

  async function createVolume({ name, driver, options, labels }: Omit<Volume, 'createdAt' | 'mountpoint'>) {
    if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(name))
      throw refused(`create ${name}: "${name}" includes invalid characters for a local volume name`)
    if (driver !== 'local')
      throw refused(`create ${name}: error looking up volume plugin ${driver}: not found`)
    if (volumes.has(name)) return
    await mkdir(folder(name))
    const createdAt = new Date().toISOString().replace(/\.\d+/, '')
    volumes.set(name, { name, driver, options, labels, createdAt, mountpoint: folder(name) })
  }

  function addContainer({ name, ...more }: Partial<Container> & Pick<Container, 'name'>): Container {
    const image = more.image ?? fakeImage
    const container: Container = {
      id: randomBytes(32).toString('hex'),
      image,
      imageId: images.get(image)?.id ?? '',
      state: 'running',
      labels: {},
      environment: {},
      mounts: [],
      startedAt: engineTime(),
      finishedAt: '0001-01-01T00:00:00Z',
      exitCode: 0,
      outOfMemory: false,
      health: '',
      restartPolicy: 'no',
      autoRemove: false,
      stopTimeout: undefined,
      ...more,
      name,
    }
    containers.set(name, container)
    return container
  }

  async function startHelper(request: HelperRequest, signal: AbortSignal): Promise<Helper> {
    signal.throwIfAborted()
    if (request.runsAs !== undefined) throw new Error('The fake engine has no programs of images')
    const image = find(images, request.image)
    if (image === undefined)
      throw new VolError('HELPER_IMAGE_NOT_FOUND', `There is no image "${request.image}".`)
    const giveUp = Date.now() + patience
    while (containers.has(request.name)) {
      if (Date.now() > giveUp) throw new VolError('BUSY', `A container "${request.name}" is at work.`)
      await sleep(50, undefined, { signal })
    }
    addContainer({
      name: request.name,
      image: request.image,
      labels: request.labels,
      mounts: request.mounts.map((mount) => ({
        volume: mount.volume,
        destination: `/${mount.path}`,
        readOnly: mount.readOnly,
      })),
    })
    const operation = request.labels[helperLabel] ?? ''
    for (const { volume } of request.mounts)
      await createVolume({
        name: volume,
        driver: 'local',
        options: {},
        labels: { [accidentLabel]: operation },
      })
    if (!image.gnu) {
      containers.delete(request.name)
      throw new VolError('HELPER_IMAGE_NOT_FOUND', `The image "${request.image}" has no GNU tar and find.`)
    }
    const paths = new Map(request.mounts.map((mount) => [mount.path, folder(mount.volume)]))
    return await hostHelper(paths, signal, () => containers.delete(request.name))
  }

  function mustRun(id: string): void {
    const container = [...containers.values()].find((each) => each.id === id || each.name === id)
    if (container === undefined) throw refused(`No such container: ${id}`)
    if (container.state !== 'running') throw refused(`container ${id} is ${container.state}`)
  }

  const engine: FakeEngine = {
    folder,
    container: addContainer,
    removeContainer: (name) => void containers.delete(name),
    image(reference, { gnu = true, remote = false } = {}) {
      const id = `sha256:${randomBytes(32).toString('hex')}`
      const repositoryDigests = [`${reference.replace(/:.*/, '')}@${id}`]
      const image = { ...exampleImage({ id, repositoryDigests }), gnu, remote }
      images.set(reference, image)
      return image
    },
    dispose: () => rm(root, { recursive: true, force: true }),
    docker: (signal = new AbortController().signal) => ({
      async engine() {
        const endpoint = 'unix:///fake/docker.sock'
        return { id: 'fake', version: '28.5.2', operatingSystem: 'linux', architecture: arch(), endpoint }
      },
      async volumes() {
        return [...volumes.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1))
      },
      async volume(name) {
        return volumes.get(name)
      },
      async containers(volume) {
        return [...containers.values()].filter(
          ({ mounts }) => volume === undefined || mentions(mounts, volume),
        )
      },
      async consumers(volume) {
        return [...containers.values()].filter(
          ({ labels, mounts }) => labels[helperLabel] === undefined && mentions(mounts, volume),
        )
      },
      async containersLike() {
        return [...containers.values()]
      },
      async image(reference) {
        const image = find(images, reference)
        if (image === undefined) return undefined
        const { gnu: _gnu, remote: _remote, ...facts } = image
        return facts
      },
      async pull(reference) {
        const image = images.get(reference)
        if (image === undefined)
          throw refused(`pull access denied for ${reference}, repository does not exist`)
        image.remote = false
      },
      async volumeSizes() {
        const sizes = new Map<string, number>()
        for (const name of volumes.keys()) sizes.set(name, await sizeOf(folder(name)))
        return sizes
      },
      createVolume,
      async removeVolume(name) {
        if (!volumes.has(name)) throw refused(`get ${name}: no such volume`)
        const users = [...containers.values()].filter(({ mounts }) => mentions(mounts, name))
        if (users.length > 0)
          throw refused(`remove ${name}: volume is in use - [${users.map(({ id }) => id).join(', ')}]`)
        volumes.delete(name)
        await rm(folder(name), { recursive: true, force: true })
      },
      ...fakeLife(containers),
      startHelper: (request) => startHelper(request, signal),
      async execute(script) {
        mustRun(script.container)
        return await hostExecute(script, signal)
      },
      async executeReading(script) {
        mustRun(script.container)
        return await hostExecuteReading(script, signal)
      },
    }),
  }
  engine.image(fakeImage)
  return engine
}

function mentions(mounts: Container['mounts'], volume: string): boolean {
  return mounts.some((mount) => mount.volume === volume)
}

function find(images: ReadonlyMap<string, FakeImage>, reference: string): FakeImage | undefined {
  const image = images.get(reference) ?? [...images.values()].find(({ id }) => id === reference)
  return image?.remote === true ? undefined : image
}

function refused(reason: string): VolError {
  return new VolError('DOCKER_FAILED', 'docker failed with exit code 1.', {
    output: `Error response from daemon: ${reason}`,
  })
}

async function sizeOf(folder: string): Promise<number> {
  if (!existsSync(folder)) return 0
  const { stdout } = await execa('du', ['-s', '-B1', '--apparent-size', folder])
  return Number.parseInt(stdout, 10)
}
