import type { Helper } from '../docker/docker.ts'
import { stagingName } from './archive-script.ts'
import { failUnless } from './script-result.ts'

/** Takes the names on standard input out of what was unpacked; the directories they lay in keep their times. */
const dropNamesScript = `
cd "$1/$2/new" && xargs -0 sh -c '
  for name; do
    touch -r "\${name%/*}" "$0" && rm "$name" && touch -r "$0" "\${name%/*}" || exit 255
  done
' "$1/$2/time" && rm "$1/$2/time"
`

/** Removes files that were unpacked only because hard links that were asked for needed them. Paths are bytes. */
export async function dropNames(helper: Helper, names: readonly string[]): Promise<void> {
  if (names.length === 0) return
  const result = await helper.run({
    text: dropNamesScript,
    arguments: [helper.path('volume'), stagingName],
    input: [Buffer.from(names.map((name) => `./${name}\0`).join(''), 'latin1')],
  })
  failUnless(result, 'remove what was not asked for')
}
