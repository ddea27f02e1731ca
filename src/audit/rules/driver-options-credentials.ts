import type { Rule } from '../rule.ts'
import { textOf, type Node } from '../../compose/node.ts'

export const driverOptionsCredentials: Rule = {
  id: 'driver-options-credentials',
  category: 'volume',
  severity: 'error',
  summary: 'Keep passwords out of the options of a volume',
  doc: `A password in \`driver_opts\` is in the Compose file for all who can read it, and \`docker volume inspect\` shows it
to everybody who may talk to the engine, for as long as the volume exists. A variable in its place keeps it out of the
file, not out of \`inspect\`; that is a warning.

The local driver mounts a share by itself and knows no file of credentials. Mount the share on the host
(\`/etc/fstab\` with \`credentials=\`) and bind mount it, or use a volume driver that takes secrets.`,
  fixable: false,
  examples: {
    bad: [
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - media:/media\nvolumes:\n  media:\n    driver_opts:\n      type: cifs\n      o: addr=nas.example.com,username=media,password=hunter2\n      device: //nas.example.com/media\n',
      },
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - media:/media\nvolumes:\n  media:\n    driver_opts:\n      type: cifs\n      o: "addr=nas.example.com,username=media,password=${NAS_PASSWORD}"\n      device: //nas.example.com/media\n',
      },
    ],
    good: [
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - media:/media\nvolumes:\n  media:\n    driver_opts:\n      type: cifs\n      o: addr=nas.example.com,guest\n      device: //nas.example.com/media\n',
      },
    ],
  },
  *check({ volumes }) {
    for (const { key, driverOptions } of volumes) {
      for (const [option, node] of driverOptions) {
        const how = credentialsIn(option, node)
        if (how === undefined) continue
        yield {
          at: node,
          subject: { volume: key },
          severity: how === 'written' ? 'error' : 'warning',
          message:
            how === 'written'
              ? `A password stands in the options of the volume "${key}", and docker volume inspect shows it to all who may use docker.`
              : `The options of the volume "${key}" take a password, and docker volume inspect shows it to all who may use docker.`,
          cure: 'Mount the share on the host with a file of credentials and bind mount it, or use a driver that takes secrets.',
        }
      }
    }
  },
}

const secretOption = /^(pass(word|wd)?|secret|secret[-_]?key|access[-_]?key|token)$/i

/** The text of the file decides whether it is written out; a variable that is set looks the same once it is put in. */
function credentialsIn(option: string, node: Node): 'written' | 'variable' | undefined {
  const written = node.origin ?? node
  const { source, start, end } = written.span
  const raw = source.text.slice(start, end)
  if (secretOption.test(option)) {
    if (/^["']?\$\{?\w+\}?["']?$/.test(raw)) return 'variable'
    return (textOf(node) ?? '') === '' ? undefined : 'written'
  }
  const found = /(?:^|[,"'\s])pass(?:word|wd)?=([^,"'\s]*)/i.exec(raw)
  if (found === null || found[1] === '') return undefined
  return found[1]?.startsWith('$') === true ? 'variable' : 'written'
}
