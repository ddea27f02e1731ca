import { aVolume } from '../live/example-parts.ts'
import { changedDeclaration, composeHash, hashLabel } from '../live/config-hash.ts'
import type { LiveRule } from '../rule.ts'

const made = { name: 'shop_data', driver: 'local', options: {}, labels: { team: 'shop' } }
const volume = aVolume('shop_data', {
  labels: {
    team: 'shop',
    'com.docker.compose.project': 'shop',
    'com.docker.compose.volume': 'data',
    [hashLabel]: composeHash(made),
  },
})
const compose = (team: string) =>
  `name: shop\nservices:\n  app:\n    image: example/app\n    volumes:\n      - data:/data\nvolumes:\n  data:\n    labels:\n      team: ${team}\n`

export const volumeConfigChanged: LiveRule = {
  id: 'volume-config-changed',
  category: 'volume',
  severity: 'error',
  summary: 'Do not change the declaration of a volume that holds data',
  doc: `Compose notes a hash of a volume's declaration (driver, options, labels) on the volume. When the file says something
else, the next \`docker compose up\` asks whether to recreate the volume, "data will be lost"; with \`--yes\` it does so
without asking, and the data is gone.

Put the declaration back as it was. To really change it: \`docker vol snapshot\`, change the file, let Compose recreate the
volume, \`docker vol restore\`. Or declare the volume \`external\`, so that Compose leaves it alone.

It is only said when the hash of what the volume is is the very one that Compose noted, so that another version of
Compose, which may reckon differently, causes no false alarm; and only with Compose there to read the file.`,
  fixable: false,
  examples: {
    bad: [
      {
        shown:
          "$ docker volume inspect -f '{{.Labels.team}}' shop_data\nshop\n$ docker compose up -d\n? Volume \"shop_data\" exists but doesn't match configuration in compose file. Recreate (data will be lost)?",
        compose: compose('warehouse'),
        seen: { volumes: [volume] },
      },
    ],
    good: [
      {
        shown: "$ docker volume inspect -f '{{.Labels.team}}' shop_data\nshop",
        compose: compose('shop'),
        seen: { volumes: [volume] },
      },
    ],
  },
  *checkLive({ volumes }) {
    for (const each of volumes) {
      const changed = changedDeclaration(each)
      if (changed === undefined) continue
      yield {
        at: each.at,
        subject: { volume: each.declared?.key ?? each.name },
        message: `The volume ${each.name} was made by another declaration (${changed.join(', ')}): the next docker compose up asks to recreate it, and with --yes destroys what is in it without asking.`,
        cure: `Put the declaration back, or take a snapshot first (docker vol snapshot ${each.name}) and restore it after the change.`,
      }
    }
  },
}
