import { aVolume } from '../live/example-parts.ts'
import { nameOnEngine } from '../live/link.ts'
import type { LiveRule } from '../rule.ts'

const compose =
  'name: shop\nservices:\n  app:\n    image: example/app\n    volumes:\n      - data:/data\nvolumes:\n  data:\n    external: true\n    name: shop-data\n'

export const externalVolumeMissing: LiveRule = {
  id: 'external-volume-missing',
  category: 'volume',
  severity: 'warning',
  summary: 'Have external volumes in place',
  doc: `The file says that somebody else made the volume, and there is none of that name on the engine: it was removed, it is
called otherwise, or this is another engine. Compose refuses to start the project, and whoever then makes an empty
volume of that name to get on has a project without its data.

Look for the data first: \`docker vol ls\` shows what volumes hold, \`docker vol snapshots VOLUME\` whether there is a
snapshot, and \`docker vol restore\` makes the volume again.`,
  fixable: false,
  examples: {
    bad: [{ shown: '$ docker volume ls -q', compose, seen: {} }],
    good: [{ shown: '$ docker volume ls -q\nshop-data', compose, seen: { volumes: [aVolume('shop-data')] } }],
  },
  *checkLive({ scope, written, seen }) {
    if (scope === 'engine') return
    const there = new Set(seen.volumes.map(({ name }) => name))
    for (const volume of written.volumes) {
      // A name with a variable that is not set is none.
      if (!volume.external || (volume.nameAt?.kind === 'scalar' && volume.nameAt.unset.length > 0)) continue
      const name = nameOnEngine(volume, written)
      if (there.has(name)) continue
      const copies = seen.snapshots?.get(name)?.length ?? 0
      yield {
        at: volume.at,
        subject: { volume: volume.key },
        message: `The external volume ${name} is not on the engine, so that Compose refuses the project.`,
        cure:
          copies > 0
            ? `There ${copies === 1 ? 'is a snapshot' : `are ${copies} snapshots`} of it: docker vol restore ${name}@latest.`
            : 'Find out what became of it before you make an empty one.',
      }
    }
  },
}
