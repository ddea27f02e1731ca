import { execa } from 'execa'

// As many names at the top as it takes to make the switch of a restore worth interrupting.
const fill = `
cd "$1" && find . -mindepth 1 -delete
mkdir -m 2750 dir 'dir/odd name' "$(printf 'dir/\\377\\001')" only-"$2"
for i in $(seq 60); do echo "$2 $i" >"dir/file $i"; done
for i in $(seq 300); do echo "$2 top $i" >"top-$i"; done
for i in $(seq 40); do echo "$2 below $i" >"only-$2/$i"; echo "$2" >"only-$2-$i"; done
head -c 3000000 /dev/urandom >noise; ln top-1 dir/hard; ln -s ../top-2 dir/soft; ln -s /etc/passwd outside
mkfifo dir/fifo; mknod dir/null c 1 3; truncate -s 5M sparse; printf '%s' "$2" >>sparse
setfattr -n user.seed -v "$2" top-2; setfacl -m u:1234:rw top-3
chown 12:34 top-5; chmod 4711 top-5; touch -d @1234567890.123456789 top-6 dir
chown 999:998 . ; chmod 1770 . ; touch -d "@1500000000.$3" .
`

/** Fills a folder of this machine with a small tree of odd files; each seed gives another. Needs root. */
export async function fillWithOddTree(folder: string, seed: string): Promise<void> {
  const fraction = Buffer.from(seed).reduce((sum, byte) => (sum * 31 + byte) % 1_000_000_000, 7)
  await execa('sh', ['-euc', fill, 'sh', folder, seed, String(fraction).padStart(9, '0')])
}
