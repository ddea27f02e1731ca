import { execa } from 'execa'

const fill = String.raw`
import os, struct, sys
os.chdir(sys.argv[1])
nobody = 0xffffffff
def write(name, data=b'x'):
  with open(name, 'wb') as f: f.write(data)
def acl(*entries):
  return struct.pack('<I', 2) + b''.join(struct.pack('<HHI', *entry) for entry in entries)
access = acl((1, 7, nobody), (2, 5, 1234), (4, 5, nobody), (8, 7, 4321), (0x10, 7, nobody), (0x20, 1, nobody))
default = acl((1, 7, nobody), (2, 5, 77), (4, 5, nobody), (0x10, 7, nobody), (0x20, 0, nobody))

os.makedirs('owners/below')
for number, (user, group) in enumerate([(12345, 54321), (0, 65534), (2**31, 2**31 + 1), (4294967294, 4294967294)]):
  write('owners/%d' % number, b'owned')
  os.chown('owners/%d' % number, user, group)
os.symlink('0', 'owners/link')
os.lchown('owners/link', 777, 888)
os.chown('owners/below', 31337, 31338)

os.mkdir('modes')
for mode in [0o0, 0o400, 0o644, 0o777, 0o4755, 0o2755, 0o6711, 0o1644, 0o7777, 0o2644]:
  write('modes/file-%o' % mode)
  os.chmod('modes/file-%o' % mode, mode)
for mode in [0o0, 0o755, 0o1777, 0o2770, 0o3775, 0o4700, 0o7777]:
  os.mkdir('modes/directory-%o' % mode)
  write('modes/directory-%o/inside' % mode)
  os.chmod('modes/directory-%o' % mode, mode)

os.mkdir('links')
os.symlink('nowhere', 'links/dangling')
os.symlink('/etc/passwd', 'links/absolute')
os.symlink('../../../../etc/shadow', 'links/climbing')
os.symlink('..', 'links/up')
os.symlink(b'odd\xff\n target', 'links/odd-target')
os.symlink('t/' * 1900, 'links/long-target')
os.makedirs('hard/other/deep')
write('hard/z-first', b'one inode')
os.link('hard/z-first', 'hard/a-second')
os.link('hard/z-first', 'hard/other/deep/third')
os.symlink('gone', 'hard/symlink')
os.link('hard/symlink', 'hard/other/symlink-again', follow_symlinks=False)
os.symlink('/etc/passwd', 'hard/other/z-absolute')
os.link('hard/other/z-absolute', 'hard/a-absolute-again', follow_symlinks=False)
# More than one layer takes, so that names of one inode could come into two.
os.mkdir('large')
for number in range(3):
  write('large/%d' % number, b'large')
  os.truncate('large/%d' % number, 40 << 20)
os.link('large/1', 'hard/large')

os.mkdir('sparse')
for name, pieces, size in [
    ('hole', [], 1 << 25), ('end', [(1 << 25, b'end')], 0), ('begin', [(0, b'begin')], 1 << 24),
    ('striped', [(at << 16, b'piece %d' % at) for at in range(300)], 0), ('nothing', [], 0)]:
  with open('sparse/' + name, 'wb') as f:
    for at, data in pieces: f.seek(at); f.write(data)
    if size: f.truncate(size)

os.mkdir('attributes')
for name in ['user', 'binary', 'many', 'access', 'capability', 'all']: write('attributes/' + name)
os.setxattr('attributes/user', 'user.note', b'kept')
os.setxattr('attributes/user', 'user.empty', b'')
os.setxattr('attributes/binary', 'user.a=b%c d', bytes(range(256)) * 8)
for number in range(50): os.setxattr('attributes/many', 'user.number-%d' % number, b'%d' % number)
os.setxattr('attributes/access', 'system.posix_acl_access', access)
capability = bytes.fromhex('0100000200040000000000000000000000000000')
os.setxattr('attributes/capability', 'security.capability', capability)
os.mkdir('attributes/directory')
os.setxattr('attributes/directory', 'user.on-a-directory', b'too')
os.setxattr('attributes/directory', 'system.posix_acl_access', access)
os.setxattr('attributes/directory', 'system.posix_acl_default', default)
write('attributes/directory/heir')
os.mkdir('attributes/directory/heirs')
# Made by nobody's default: what is copied below a default ACL must not get it.
write('attributes/directory/without')
os.removexattr('attributes/directory/without', 'system.posix_acl_access')
os.mkdir('attributes/directory/plain')
for name in ['access', 'default']: os.removexattr('attributes/directory/plain', 'system.posix_acl_' + name)
os.chown('attributes/all', 9, 9)
os.chmod('attributes/all', 0o2711)
os.setxattr('attributes/all', 'user.x', b'y')
os.setxattr('attributes/all', 'system.posix_acl_access', access)
os.setxattr('attributes/all', 'security.capability', capability)

os.mkdir('special')
os.mkfifo('special/pipe', 0o640)
if 'devices' in sys.argv:
  os.mknod('special/character', 0o020660, os.makedev(7, 300))
  os.mknod('special/block', 0o060600, os.makedev(8, 17))
  # How an overlay says that a file is gone.
  os.mknod('special/whiteout', 0o020000, os.makedev(0, 0))

os.mkdir('empty-directory')
os.mkdir('names')
for name in [b'with space', b' lead', b'trail ', b'new\nline', b'\n', b'-rf', b'--help', b'-', b'\xff\xfe\x80', b'caf\xc3\xa9',
    b'e\xcc\x81', b'n' * 255, b'.wh.x', b'.wh..wh..opq', b'back\\slash', b'\\n', b'\\012', b'tab\t', b'quote\'"', b'$HOME', b'*',
    b'\x01\x1b[31m', b'...', b'~', b'#', b'%s', b'a=b', b'PaxHeaders', b'GNUSparseFile.0', b'.docker-vol-restore', b'\xe2\x80\xae']:
  write(b'names/' + name, name)
  os.mkdir(b'names/in ' + name[:250])
  write(b'names/in ' + name[:250] + b'/' + name)
for name in [b'-C', b'@file', b'-T', b'new\nline', b'\xf0\x28', b' ']: write(name, name)

path = 'long'
os.mkdir(path)
for limit in [260, 1000, 3800]:
  while len(path) + 230 < limit:
    path += '/' + 'd' * 199
    os.makedirs(path, exist_ok=True)
  write(path + '/' + 'f' * 200, b'deep')
  os.symlink('f' * 200, path + '/link')
  os.link(path + '/' + 'f' * 200, path + '/hard')

for directory in [b'times', b'times/old', b'times/future']: os.mkdir(directory)
for name, time in [('epoch', 0), ('before', -1), ('old-file', -1_500_000_001), ('half', -500_000_000), ('nanosecond', 1),
    ('seconds', 1_700_000_000 * 10**9), ('exact', 1_700_000_000_123_456_789), ('far', 9_000_000_000_999_999_999)]:
  write('times/' + name)
  os.utime('times/' + name, ns=(5, time))
  os.symlink(name, 'times/link-' + name)
  os.utime('times/link-' + name, ns=(5, time), follow_symlinks=False)
os.utime('special/pipe', ns=(5, 4_000_000_000_000_000_001))
os.utime('times/old', ns=(5, -86_400_000_000_001))
os.utime('times/future', ns=(5, 4_102_444_800_000_000_001))
# The times of directories last, each of its own, since making files moves them.
number = 0
for directory, _, _ in os.walk(b'.', topdown=False):
  if directory in [b'.', b'./times/old', b'./times/future']: continue
  number += 1
  os.utime(directory, ns=(5, 1_000_000_000_000_000_000 + number * 1_000_000_007))

os.chown('.', 999, 1999)
os.chmod('.', 0o3771)
os.setxattr('.', 'user.root', b'root\0too')
os.setxattr('.', 'system.posix_acl_access', access)
os.setxattr('.', 'system.posix_acl_default', default)
os.utime('.', ns=(1, 1_234_567_890_987_654_321))
`

/**
 * Fills a folder of this machine with all that a file system can hold and a copy can lose, the folder's own owner,
 * mode, attributes, ACLs and time among it. Needs root and Python.
 */
export async function fillWithEverything(folder: string, what: 'devices' | 'no devices'): Promise<void> {
  await execa('python3', ['-c', fill, folder, what])
}

/** Runs Python in a folder of this machine. */
export async function pythonIn(folder: string, script: string, ...args: readonly string[]): Promise<string> {
  return (await execa('python3', ['-c', script, ...args], { cwd: folder })).stdout
}
