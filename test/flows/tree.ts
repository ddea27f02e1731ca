/** Trees of this machine: some of everything that a volume may hold, and what is seen of one by other programs than ours. */
import process from 'node:process'
import { execa } from 'execa'

/** Root alone can give files away and make devices; anybody else's trees do without. */
const isRoot = process.getuid?.() === 0

const script = String.raw`
cd "$1" && umask 022
mkdir -p etc/deep empty 'with space' && printf one >etc/app.conf && printf two >etc/deep/more.conf
printf '%s' "$3" >content
head -c "$4" /dev/urandom >large
truncate -s 5M sparse && printf end >>sparse
ln large name-of-large && ln etc/app.conf 'with space/name of conf'
ln -s etc/app.conf link && ln -s /nowhere/at/all dangling && mkfifo pipe
touch "$(printf 'not-utf8-\377')" "$(printf 'line\nbreak')" -- -rf
chmod 4755 content && chmod 2770 etc && chmod 1777 empty && chmod 000 large
[ "$2" = root ] && chown 999:998 . etc etc/app.conf && chown -h 7:8 link && mknod device c 1 3
find . ! -name . -exec touch -h -d '2021-03-04 05:06:07.123456789' {} +
touch -d '1969-12-31 23:59:58.250000000' empty && touch -d '2020-02-02 02:02:02.020202020' . && chmod 2751 .
`

/** Fills a folder; `content` is what one of its files holds, `large` the bytes of the largest. */
export async function fillTree(folder: string, content = 'as it was', large = 9_000_000): Promise<void> {
  const who = isRoot ? 'root' : 'anybody'
  await execa('sh', ['-c', script, 'sh', folder, who, content, String(large)], { env: { LC_ALL: 'C' } })
}

const listing = String.raw`
cd "$1" && {
  find . -printf '%y %m %U %G %T@ %n %p -> %l\n' | sed -E '/^[^fd]/!s/^(d [0-7]+ [0-9]+ [0-9]+ [0-9.-]+) [0-9]+/\1/' | sort
  find . -type f -exec sha256sum {} + | sort
  find . -type f -size +1M -printf '%s %p\n' | sort
}`

/** Everything about a tree that must come back, as text. */
export async function treeListing(folder: string): Promise<string> {
  const { stdout } = await execa('sh', ['-c', listing, 'sh', folder], {
    env: { LC_ALL: 'C' },
    encoding: 'latin1',
  })
  return stdout
}
