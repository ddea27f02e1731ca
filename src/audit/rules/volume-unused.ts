import { usesByVolume } from '../model/coverage.ts'
import type { Rule } from '../rule.ts'

export const volumeUnused: Rule = {
  id: 'volume-unused',
  category: 'volume',
  severity: 'info',
  summary: 'Remove the declaration of a volume that nothing mounts',
  doc: `A volume is declared and no service mounts it. Often it is what is left of a service; sometimes a service was
meant to mount it and keeps its data elsewhere. \`docker compose down --volumes\` still removes it with what is in it.`,
  fixable: false,
  examples: {
    bad: [{ compose: 'services:\n  app:\n    image: example/app\nvolumes:\n  data:\n' }],
    good: [
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - data:/var/lib/app\nvolumes:\n  data:\n',
      },
    ],
  },
  *check(project) {
    const uses = usesByVolume(project)
    if (project.incomplete) return
    // A mount whose source is a variable may be of any.
    if (
      project.services.some(
        ({ mounts, mountsOpen }) => mountsOpen || mounts.some((each) => !each.sourceKnown),
      )
    )
      return
    for (const { key, at } of project.volumes) {
      if (uses.has(key)) continue
      yield {
        at,
        subject: { volume: key },
        message: `No service mounts the volume "${key}".`,
        cure: 'Mount it where data should be kept, or remove the declaration; that removes no data.',
      }
    }
  },
}
