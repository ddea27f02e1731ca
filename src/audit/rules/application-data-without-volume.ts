import { isWithin } from '../model/project.ts'
import type { Rule } from '../rule.ts'

export const applicationDataWithoutVolume: Rule = {
  id: 'application-data-without-volume',
  category: 'volume',
  severity: 'warning',
  summary: 'Keep what an application stores in a volume',
  doc: `The image is of a program that is known to keep data of its own (uploads, repositories, dashboards), and
nothing is mounted where it does, or a tmpfs. What it stores is lost when its container is removed, which \`docker compose up\`
does whenever the service changes.

Mount a volume or a folder there. Nothing is said when something is mounted above or below that directory, or of
services for development and tests. A Prometheus or Grafana that is all configured from files may well do without:
ignore the finding with that reason.`,
  fixable: false,
  examples: {
    bad: [
      { compose: 'services:\n  git:\n    image: gitea/gitea:1.24\n' },
      {
        compose: 'services:\n  blog:\n    image: ghost:5\n    environment:\n      url: https://example.com\n',
      },
    ],
    good: [
      { compose: 'services:\n  git:\n    image: gitea/gitea:1.24\n    volumes:\n      - ./gitea:/data\n' },
      {
        compose:
          'services:\n  blog:\n    image: wordpress:6\n    volumes:\n      - uploads:/var/www/html/wp-content\nvolumes:\n  uploads:\n',
      },
    ],
  },
  *check({ services }) {
    for (const { application, mounts, mountsOpen, forDevelopment, imageAt, name } of services) {
      if (application === undefined || mountsOpen || forDevelopment) continue
      const { title, directory, holds } = application
      const there = mounts.filter(({ target }) => isWithin(target, directory) || isWithin(directory, target))
      if (there.some(({ type }) => type !== 'tmpfs')) continue
      const memory = there.find(({ target }) => isWithin(directory, target))
      yield {
        at: memory?.at ?? imageAt,
        subject: { service: name, target: directory },
        message: `${capitalized(title)} keeps ${holds} in ${directory}, ${
          memory === undefined ? 'and nothing is mounted there' : 'which is a tmpfs'
        }: the next container does not have them.`,
        cure: `Mount a named volume at ${directory}.`,
      }
    }
  },
}

function capitalized(text: string): string {
  return text.replace(/^the /, 'The ')
}
