import { readFile } from 'node:fs/promises'

import { execa } from 'execa'

import { timed } from './progress.ts'

/** What tests call on the host, besides what any Debian has. */
const testTools = ['acl', 'attr', 'libcap2-bin', 'strace', 'xz-utils', 'zstd']
/** What a Docker engine and the building of images need from the host. */
const engineTools = ['debian-archive-keyring', 'debootstrap', 'iptables', 'runc']

/** Why packages cannot be installed on this machine, or undefined if they can. */
export async function whyNotDebianAsRoot(): Promise<string | undefined> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '')
  if (!/^ID=debian$/m.test(release)) return 'this is not Debian'
  if (process.getuid?.() !== 0) return 'this is not root'
  return undefined
}

/** The names of packages that are still to be installed. */
export async function missingPackages(purpose: 'tests' | 'engine'): Promise<string[]> {
  const wanted = purpose === 'tests' ? testTools : [...testTools, ...engineTools]
  const { stdout } = await execa('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\\n', ...wanted], {
    reject: false,
  })
  const installed = new Set(stdout.split('\n').filter((line) => line.endsWith(' installed')))
  return wanted.filter((name) => !installed.has(`${name} installed`))
}

/** Installs what is missing with apt-get; does nothing, quickly, when nothing is. */
export async function installMissingPackages(purpose: 'tests' | 'engine'): Promise<void> {
  const missing = await missingPackages(purpose)
  if (missing.length === 0) return
  await timed(`installing ${missing.join(' ')}`, async () => {
    const environment = { DEBIAN_FRONTEND: 'noninteractive' }
    await execa('apt-get', ['update', '-q'], { env: environment })
    const install = ['install', '-q', '-y', '--no-install-recommends', ...missing]
    await execa('apt-get', install, { env: environment })
  })
}

/** The mirror that this machine's apt is configured to take its own release from. */
export async function debianMirror(): Promise<string> {
  const format = '$(REPO_URI) $(CODENAME)'
  const { stdout } = await execa('apt-get', ['indextargets', '--format', format])
  const release = await readFile('/etc/os-release', 'utf8')
  const codename = /^VERSION_CODENAME=(.*)$/m.exec(release)?.[1]
  for (const line of stdout.split('\n')) {
    const [uri, suite] = line.split(' ')
    if (uri && suite === codename) return uri
  }
  throw new Error(`apt is not configured with a mirror of Debian ${codename}`)
}

/** The proxy that apt is configured with, in the form that apt in a chroot and debootstrap take it. */
export async function aptProxyEnvironment(): Promise<Record<string, string>> {
  const environment: Record<string, string> = {}
  for (const scheme of ['http', 'https']) {
    const { stdout } = await execa('apt-config', ['shell', 'PROXY', `Acquire::${scheme}::Proxy`])
    const proxy = /^PROXY='(.*)'$/.exec(stdout.trim())?.[1]
    if (proxy) environment[`${scheme}_proxy`] = proxy
  }
  return environment
}
