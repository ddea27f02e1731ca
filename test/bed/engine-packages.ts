import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { execa } from 'execa'

import { debianMirror } from './debian.ts'
import { timed } from './progress.ts'

/** The suite with a current engine; its binaries run on Debian 12 and later, except its runc. */
const suite = 'forky'
const packages = [
  'busybox-static',
  'containerd',
  'docker-buildx',
  'docker-cli',
  'docker-compose',
  'docker.io',
  'tini-static',
]

export type EnginePackages = {
  /** The folders to put first on PATH. */
  readonly path: readonly string[]
  readonly docker: string
  readonly busybox: string
  readonly plugins: string
}

/** Where the unpacked packages of a current engine are, and whether they are there. */
export function enginePackages(cache: string): EnginePackages & { readonly complete: boolean } {
  const root = join(cache, 'packages')
  return {
    complete: existsSync(root),
    path: [join(root, 'usr/bin'), join(root, 'usr/sbin')],
    docker: join(root, 'usr/bin/docker'),
    busybox: join(root, 'usr/bin/busybox'),
    plugins: join(root, 'usr/libexec/docker/cli-plugins'),
  }
}

/** Fetches a current engine from Debian and unpacks it into the cache, without touching apt's configuration. */
export async function fetchEnginePackages(cache: string): Promise<EnginePackages> {
  const found = enginePackages(cache)
  if (found.complete) return found
  return timed(`fetching a current engine from Debian ${suite}`, async () => {
    const partial = join(cache, 'packages.partial')
    await rm(partial, { recursive: true, force: true })
    const apt = join(partial, 'apt')
    const downloads = join(partial, 'downloads')
    const unpacked = join(partial, 'unpacked')
    const folders = ['etc/apt/apt.conf.d', 'etc/apt/preferences.d', 'var/lib/apt/lists/partial']
    for (const folder of [...folders, 'var/cache/apt/archives/partial', 'var/lib/dpkg']) {
      await mkdir(join(apt, folder), { recursive: true })
    }
    await mkdir(downloads)
    await mkdir(unpacked)
    const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg'
    const source = `deb [signed-by=${keyring}] ${await debianMirror()} ${suite} main\n`
    await writeFile(join(apt, 'etc/apt/sources.list'), source)
    await writeFile(join(apt, 'var/lib/dpkg/status'), '')
    const options = [
      `Dir=${apt}`,
      `Dir::State::status=${apt}/var/lib/dpkg/status`,
      // Suites in the making are not re-signed for every mirror: their lists may count as expired.
      'Acquire::Check-Valid-Until=false',
      'Acquire::Languages=none',
      'APT::Sandbox::User=root',
    ].flatMap((option) => ['-o', option])
    await execa('apt-get', [...options, 'update', '-q'])
    await execa('apt-get', [...options, 'download', '-q', ...packages], { cwd: downloads })
    for (const file of await readdir(downloads)) {
      await execa('dpkg-deb', ['--extract', join(downloads, file), unpacked])
    }
    await rename(unpacked, join(cache, 'packages'))
    await rm(partial, { recursive: true, force: true })
    return enginePackages(cache)
  })
}
