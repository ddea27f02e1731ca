import { expect, test } from 'vitest'
import { networkFileSystemOf, networkType, readMounts } from './network-file-system.ts'

const table = readMounts(
  [
    '22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw',
    '40 22 0:50 / /mnt/nas rw,relatime shared:30 master:2 - nfs4 nas:/exports rw,hard',
    '41 22 0:51 / /mnt/my\\040files rw - fuse.sshfs nas:/files rw,user_id=0',
    '42 40 254:0 /cache /mnt/nas/cache rw - ext4 /dev/vda rw',
    '43 22 0:52 / /mnt/over rw - nfs nas:/old rw',
    '44 43 0:53 / /mnt/over rw - tmpfs none rw',
    '',
  ].join('\n'),
)

/** Fails when something that lies on a share is touched. */
function links(known: Readonly<Record<string, string>>): (place: string) => Promise<string | undefined> {
  return async (place) => {
    if (place.startsWith('/mnt/nas/') && !place.startsWith('/mnt/nas/cache')) throw new Error(place)
    return known[place]
  }
}

test.each([
  ['/mnt/nas', 'nfs4'],
  ['/mnt/nas/db/data', 'nfs4'],
  ['/mnt/nasty', undefined],
  ['/mnt/nas/cache/db', undefined],
  ['/mnt/my files/db', 'sshfs'],
  ['/mnt/over/db', undefined],
  ['/srv/db', undefined],
  ['/', undefined],
])('%s is on %s', async (place, type) => {
  // To get to what is mounted in a share, the share need not be touched.
  expect(await networkFileSystemOf(place, table, links({}))).toBe(type)
})

test.each([
  ['/srv/db', { '/srv/db': '/mnt/nas/db' }, 'nfs4'],
  ['/srv/db/data', { '/srv/db': '../mnt/my files' }, 'sshfs'],
  ['/srv/db', { '/srv': '/data', '/data/db': 'real' }, undefined],
  ['/round', { '/round': '/round' }, undefined],
])('symbolic links are followed: %s with %j', async (place, known, type) => {
  expect(await networkFileSystemOf(place, table, links(known))).toBe(type)
})

test.each([
  ['nfs', 'nfs'],
  ['fuse.rclone', 'rclone'],
  ['fuse.mergerfs', undefined],
  ['ext4', undefined],
  ['virtiofs', undefined],
])('the type %s is %s over a network', (type, name) => {
  expect(networkType(type)).toBe(name)
})
