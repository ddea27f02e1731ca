import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { execa } from 'execa'

import { whyNotDebianAsRoot } from './debian.ts'
import { withLock } from './lock.ts'

/** With what they need of each other; what any Debian has is left out. */
const packages = ['libfuse3-3', 'libglib2.0-0', 'openssh-sftp-server', 'sshfs']

export type NetworkShare = {
  /** The folder in which the share is to be seen. */
  readonly place: string
  unmount(): Promise<void>
}

/**
 * A folder as SFTP shows it: a real network file system, whose server is a child of ours instead of another machine.
 * Fails with a sentence where this is not Debian, or not root.
 */
export async function mountShare(cache: string, folder: string): Promise<NetworkShare> {
  const programs = await fetchSshfs(cache)
  const exported = join(folder, 'exported')
  const place = join(folder, 'share')
  const server = join(folder, 'server')
  await mkdir(exported, { recursive: true })
  await mkdir(place, { recursive: true })
  // In place of ssh: no other machine is asked.
  const script = `#!/bin/sh\nexec '${join(programs, 'usr/lib/openssh/sftp-server')}'\n`
  await writeFile(server, script, { mode: 0o755 })
  const libraries = await execa(
    'sh',
    ['-c', 'ls -d "$1"/lib/*-linux-* "$1"/usr/lib/*-linux-*', 'sh', programs],
    {
      reject: false,
    },
  )
  await execa(
    join(programs, 'usr/bin/sshfs'),
    ['-o', `ssh_command=${server},allow_other`, `nas:${exported}`, place],
    {
      env: { LD_LIBRARY_PATH: libraries.stdout.replaceAll('\n', ':') },
    },
  )
  return { place, unmount: async () => void (await execa('umount', ['--lazy', place])) }
}

/** Unpacks sshfs and its server from this machine's own Debian into the cache; nothing is installed. */
async function fetchSshfs(cache: string): Promise<string> {
  const root = join(cache, 'sshfs')
  if (existsSync(root)) return root
  const obstacle = await whyNotDebianAsRoot()
  if (obstacle !== undefined) throw new Error(`sshfs cannot be fetched: ${obstacle}`)
  return await withLock(root, async () => {
    if (existsSync(root)) return root
    await mkdir(cache, { recursive: true })
    const partial = await mkdtemp(`${root}-`)
    try {
      const options = ['-o', 'APT::Sandbox::User=root']
      const download = await execa('apt-get', [...options, 'download', '-q', ...packages], {
        cwd: partial,
        reject: false,
      })
      // The lists may be from before the newest version came out.
      if (download.exitCode !== 0) {
        await execa('apt-get', ['update', '-q'])
        await execa('apt-get', [...options, 'download', '-q', ...packages], { cwd: partial })
      }
      const unpacked = join(partial, 'unpacked')
      for (const file of await readdir(partial))
        if (file.endsWith('.deb')) await execa('dpkg-deb', ['--extract', join(partial, file), unpacked])
      await rename(unpacked, root)
    } finally {
      await rm(partial, { recursive: true, force: true })
    }
    return root
  })
}
