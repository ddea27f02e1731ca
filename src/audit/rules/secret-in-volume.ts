import type { Rule } from '../rule.ts'

export const secretInVolume: Rule = {
  id: 'secret-in-volume',
  category: 'tmpfs',
  severity: 'warning',
  summary: 'Hand secrets over as secrets, not in volumes',
  doc: `A volume is mounted where secrets are kept. What is in a volume is on the host's disk, in every copy of it and
in every backup, and whoever may use docker reads it through any other container.

Compose's \`secrets:\` mounts each secret read-only for those services alone that name it; what a program makes for
itself while it runs belongs on a tmpfs. A file of the host that is bind mounted below \`/run/secrets\` is a note: the
top-level \`secrets:\` with \`file:\` does the same and says so.`,
  fixable: false,
  examples: {
    bad: [
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - secrets:/run/secrets\nvolumes:\n  secrets:\n',
      },
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - ./token.txt:/run/secrets/token:ro\n',
        files: { 'token.txt': '' },
      },
    ],
    good: [
      {
        compose:
          'services:\n  app:\n    image: example/app\n    secrets: [token]\nsecrets:\n  token:\n    file: ./token.txt\n',
        files: { 'token.txt': '' },
      },
      { compose: 'services:\n  app:\n    image: example/app\n    tmpfs:\n      - /run/secrets:size=1m\n' },
    ],
  },
  *check({ services }) {
    for (const { name, mounts } of services) {
      for (const { type, target, at, sourceText } of mounts) {
        if (type !== 'volume' && type !== 'bind') continue
        if (!/^\/(var\/)?run\/secrets(\/|$)/.test(target)) continue
        const bind = type === 'bind'
        yield {
          at,
          subject: { service: name, target },
          severity: bind ? 'info' : 'warning',
          message: bind
            ? `${sourceText} is bind mounted as a secret.`
            : `Secrets at ${target} are in a volume: on disk, in its backups, and open to whoever mounts it.`,
          cure: bind
            ? 'Declare it under secrets with file:, and name it in the service.'
            : 'Use secrets: of Compose, or a tmpfs for what the program makes itself.',
        }
      }
    }
  },
}
