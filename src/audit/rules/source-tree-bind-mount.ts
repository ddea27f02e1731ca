import type { Project, Service } from '../model/project.ts'
import type { Rule } from '../rule.ts'
import { textOf, valueAt } from '../../compose/node.ts'

export const sourceTreeBindMount: Rule = {
  id: 'source-tree-bind-mount',
  category: 'bind mount',
  severity: 'info',
  summary: 'Mount the source tree for development alone',
  doc: `A service that restarts by itself, as in production, runs on a bind mount of the project's own folder. What it
runs is then not what its image holds, and what it writes (uploads, caches, a database file) lands in the checkout,
where \`git clean\` removes it.

Put the mount into \`compose.override.yaml\`, which Compose takes for development, or behind a profile; \`develop.watch\`
copies changes without a mount. Nothing is said of services without \`restart\`, of those that are for development by
their profile, name, build target or command, and of read-only mounts.`,
  fixable: false,
  examples: {
    bad: [
      {
        compose:
          'services:\n  web:\n    build: .\n    restart: unless-stopped\n    volumes:\n      - .:/app\n',
        files: { Dockerfile: '' },
      },
    ],
    good: [
      {
        compose: 'services:\n  web:\n    build: .\n    volumes:\n      - .:/app\n',
        files: { Dockerfile: '' },
      },
      {
        compose:
          'services:\n  web:\n    build: .\n    restart: always\n    profiles: [dev]\n    volumes:\n      - .:/app\n',
        files: { Dockerfile: '' },
      },
      {
        compose:
          'services:\n  web:\n    build: .\n    restart: always\n    volumes:\n      - ./uploads:/app/uploads\n',
        files: { 'uploads/x': '' },
      },
    ],
  },
  *check(project) {
    for (const service of project.services) {
      if (!isForProduction(service)) continue
      for (const { type, source, readOnly, at, target, sourceText } of service.mounts) {
        if (type !== 'bind' || readOnly || source !== project.directory || isOverride(at, project)) continue
        yield {
          at,
          subject: { service: service.name, target },
          message: `${service.name} runs on the project's own folder (${sourceText}): not on what its image holds, and what it writes lands in the checkout.`,
          cure: 'Put the mount into compose.override.yaml or behind a profile, and data into a volume.',
        }
      }
    }
  },
}

function isForProduction({ node, forDevelopment, command, environment }: Service): boolean {
  const restart = textOf(valueAt(node, 'restart'))
  if (restart !== 'always' && restart !== 'unless-stopped') return false
  const target = textOf(valueAt(node, 'build', 'target')) ?? ''
  const words = [target, ...command, environment.get('NODE_ENV') ?? '', environment.get('APP_ENV') ?? '']
  return (
    !forDevelopment &&
    !/\b(dev|develop|development|debug|watch|reload|runserver|local)\b/i.test(words.join(' '))
  )
}

function isOverride({ span }: Service['node'], { sources }: Project): boolean {
  return /override/.test(span.source.path) && span.source !== sources[0]
}
