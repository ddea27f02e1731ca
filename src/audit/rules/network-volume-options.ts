import { mountWordsOf, networkTypeOf } from '../model/driver-options.ts'
import type { DeclaredVolume } from '../model/project.ts'
import type { Rule } from '../rule.ts'

export const networkVolumeOptions: Rule = {
  id: 'network-volume-options',
  category: 'volume',
  severity: 'warning',
  summary: 'Mount network shares with options that keep data whole',
  doc: `A share is mounted with an option that trades safety for something else. NFS: \`soft\` gives up on a write when
the server is slow, and the program may never learn of it; \`nolock\` lets two hosts lock the same file; \`udp\` mixes up
fragments on fast networks; NFS versions 2 and 3 lock through a service of their own that is often not there. CIFS:
\`nobrl\` keeps locks from the server; \`cache=loose\` lets two hosts see different contents.

Options that need to be so (a read-only share with \`soft\`) are left alone.`,
  fixable: false,
  examples: {
    bad: [
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - media:/media\nvolumes:\n  media:\n    driver_opts:\n      type: nfs\n      o: addr=nas.example.com,rw,soft,nolock\n      device: :/exports/media\n',
      },
    ],
    good: [
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - media:/media\nvolumes:\n  media:\n    driver_opts:\n      type: nfs\n      o: addr=nas.example.com,rw,hard,nfsvers=4.2\n      device: :/exports/media\n',
      },
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - media:/media\nvolumes:\n  media:\n    driver_opts:\n      type: nfs\n      o: addr=nas.example.com,ro,soft\n      device: :/exports/media\n',
      },
    ],
  },
  *check({ volumes }) {
    for (const volume of volumes) {
      const risky = riskyWords(volume)
      if (risky.length === 0) continue
      const option = volume.driverOptions.get('o')
      yield {
        at: option ?? volume.at,
        subject: { volume: volume.key },
        message: `The share "${volume.key}" is mounted with ${risky.map((word) => `${word} (${reasons[word]})`).join(', ')}.`,
        cure: networkTypeOf(volume) === 'NFS' ? 'Use hard and nfsvers=4.2.' : 'Leave the option out.',
      }
    }
  },
}

const reasons: Readonly<Record<string, string>> = {
  soft: 'a write that takes long is given up',
  softerr: 'a write that takes long is given up',
  nolock: 'locks do not reach other hosts',
  nobrl: 'locks do not reach other hosts',
  'cache=loose': 'hosts see different contents',
  udp: 'fragments can be mixed up',
  'proto=udp': 'fragments can be mixed up',
}

function riskyWords(volume: DeclaredVolume): readonly string[] {
  const words = mountWordsOf(volume)
  if (networkTypeOf(volume) === undefined || words.includes('ro')) return []
  return words.filter((word) => reasons[word] !== undefined)
}
