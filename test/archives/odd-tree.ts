import { execFileSync } from 'node:child_process'

const make = `
import os, struct, sys
os.chdir(sys.argv[1])
def write(name, data=b'x'):
  with open(name, 'wb') as f: f.write(data)
def acl(*entries):
  return struct.pack('<I', 2) + b''.join(struct.pack('<HHI', *entry) for entry in entries)
nobody = 0xffffffff
for name in [b'plain', b'odd\\n\\x1b[31m\\xff\\xfe', 'é漢🎉'.encode(), b'n' * 255, b'-rf', b'back\\\\slash', b' space ', b'.wh.x']:
  write(name)
deep = '/'.join(['deep' * 20] * 8)
os.makedirs(deep)
write(deep + '/f', b'y' * 1000)
os.symlink('x' * 300, 'long-link')
os.symlink('../../etc/passwd', 'out')
os.symlink(b'\\xff', 'odd-target')
os.link('plain', 'hard')
os.link('plain', 'h' * 200)
os.mkfifo('fifo')
os.mknod('device', 0o020600, os.makedev(7, 300))
for name, start, size in [('sparse', 100 << 20, 200 << 20), ('s' * 250, 1 << 20, 0), ('hole', 0, 1 << 30)]:
  with open(name, 'wb') as f:
    if start: f.seek(start); f.write(b'end')
    if size: f.truncate(size)
with open('striped', 'wb') as f:
  for piece in range(200): f.seek(piece * 65536); f.write(b'piece %d' % piece)
os.mkdir('d')
os.chown('plain', 4294967294, 3000000)
os.chmod('d', 0o7751)
os.chmod('back\\\\slash', 0o4755)
os.setxattr('-rf', 'user.big', bytes(range(256)) * 12)
os.setxattr('-rf', 'user.a=b%c', b'nul\\0nul\\n')
os.setxattr('-rf', 'user.empty', b'')
os.setxattr('d', 'user.directory', b'too')
os.setxattr('-rf', 'security.capability', bytes.fromhex('0100000200040000000000000000000000000000'))
os.setxattr('plain', 'system.posix_acl_access', acl((1, 6, nobody), (2, 4, 1234), (4, 4, nobody), (0x10, 4, nobody), (0x20, 0, nobody)))
os.setxattr('d', 'system.posix_acl_default', acl((1, 7, nobody), (4, 5, nobody), (8, 7, 99), (0x10, 7, nobody), (0x20, 0, nobody)))
os.utime('out', ns=(5, 123456789), follow_symlinks=False)
os.utime('fifo', ns=(5, 4000000000_000000001))
os.utime('d', ns=(-1500000001, -1500000001))
os.chown('.', 999, 999)
os.chmod('.', 0o2770)
os.utime('.', ns=(1, 1700000000_987654321))
`

const describe = `
import hashlib, os, stat, sys
root = os.fsencode(sys.argv[1])
for directory, directories, files in os.walk(root):
  for name in [b''] + [d for d in directories if os.path.islink(os.path.join(directory, d))] + files:
    path = os.path.join(directory, name) if name else directory
    s = os.lstat(path)
    regular = stat.S_ISREG(s.st_mode)
    attributes = sorted((a, os.getxattr(path, a, follow_symlinks=False)) for a in os.listxattr(path, follow_symlinks=False))
    digest = hashlib.sha256(open(path, 'rb').read()).hexdigest() if regular and s.st_size < 1 << 24 else None
    print(os.path.relpath(path, root), oct(s.st_mode), s.st_uid, s.st_gid, s.st_mtime_ns, s.st_rdev, attributes,
      (s.st_size, s.st_blocks * 512 < s.st_size * 0.9, s.st_nlink, digest) if regular else None, os.readlink(path) if stat.S_ISLNK(s.st_mode) else None)
`

/** Fills a directory with all that a file system can hold and a copy can lose. Needs root and Python. */
export function makeOddTree(directory: string): void {
  execFileSync('python3', ['-c', make, directory])
}

/** A line for each file below the directory, with all that `lstat` and `listxattr` tell of it; sorted. */
export function describeTree(directory: string): string[] {
  return execFileSync('python3', ['-c', describe, directory], { encoding: 'utf8', maxBuffer: 1 << 26 })
    .split('\n')
    .sort()
}
