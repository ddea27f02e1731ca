/** Which file systems lie under paths of this machine, told from its table of mounts alone. */
import { readFile, readlink } from 'node:fs/promises'
import path from 'node:path'
import { isWithin } from '../model/project.ts'

/** A line of the table of mounts. */
export type MountedFileSystem = { readonly at: string; readonly type: string }

/** Types of file systems whose files another machine has, by the kernel's names; of FUSE those of the programs. */
const types: ReadonlySet<string> = new Set(
  (
    '9p afs beegfs ceph cifs gpfs lustre ncpfs nfs nfs4 pvfs2 smb3 smbfs vboxsf ' +
    'blobfuse blobfuse2 ceph-fuse curlftpfs gcsfuse glusterfs goofys juicefs mfs mount-s3 mountpoint-s3 ' +
    'rclone s3fs seaweedfs sshfs vmhgfs-fuse'
  ).split(' '),
)

/** The name of a type if it is one over a network: `sshfs` for the kernel's `fuse.sshfs`. */
export function networkType(type: string): string | undefined {
  const name = type.replace(/^fuse\./, '')
  return types.has(name) ? name : undefined
}

/** Reads the text of `/proc/self/mountinfo`: proc(5) has its format. */
export function readMounts(text: string): readonly MountedFileSystem[] {
  return text.split('\n').flatMap((line) => {
    const [before = '', after = ''] = line.split(' - ')
    const [, , , , at = ''] = before.split(' ')
    const [type = ''] = after.split(' ')
    return at === '' || type === '' ? [] : [{ at: unescaped(at), type }]
  })
}

/** This machine's mounts; none where it has no such table. */
export async function mountsHere(): Promise<readonly MountedFileSystem[]> {
  return readMounts(await readFile('/proc/self/mountinfo', 'utf8').catch(() => ''))
}

/**
 * The network file system that a path lies on; undefined where it is none. What lies on one is never touched: a server
 * that does not answer would keep us waiting for ever.
 */
export async function networkFileSystemOf(
  file: string,
  mounts: readonly MountedFileSystem[],
  linkAt: (place: string) => Promise<string | undefined> = realLink,
): Promise<string | undefined> {
  let rest = path.resolve(file).split('/').filter(Boolean)
  let at = '/'
  // As many symbolic links as the kernel follows.
  for (let links = 0; links < 40;) {
    const [next, ...more] = rest
    // Something else may be mounted below a share; links in it are left unread.
    if (next === undefined || networkType(typeAt(at, mounts)) !== undefined)
      return networkType(typeAt(path.join(at, ...rest), mounts))
    const place = path.join(at, next)
    const target = networkType(typeAt(place, mounts)) === undefined ? await linkAt(place) : undefined
    if (target === undefined) [at, rest] = [place, more]
    else {
      links += 1
      rest = [...path.resolve(at, target).split('/').filter(Boolean), ...more]
      at = '/'
    }
  }
  return undefined
}

/** Of mounts at one place the last lies on top. */
function typeAt(place: string, mounts: readonly MountedFileSystem[]): string {
  const holding = mounts.filter(({ at }) => isWithin(place, at))
  return holding.reduce((best, each) => (each.at.length >= best.at.length ? each : best), {
    at: '',
    type: '',
  }).type
}

async function realLink(place: string): Promise<string | undefined> {
  return await readlink(place).catch(() => undefined)
}

/** The kernel writes spaces and the like as octal numbers. */
function unescaped(place: string): string {
  return place.replaceAll(/\\([0-7]{3})/g, (_all, octal: string) =>
    String.fromCodePoint(Number.parseInt(octal, 8)),
  )
}
