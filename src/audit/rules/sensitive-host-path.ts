import { exposureOf } from '../model/sensitive-paths.ts'
import type { Rule } from '../rule.ts'

export const sensitiveHostPath: Rule = {
  id: 'sensitive-host-path',
  category: 'bind mount',
  severity: 'error',
  summary: 'Do not share the system, homes, keys or the engine with a container',
  doc: `A bind mount lays a part of the host open that is more than a service needs: \`/\`, \`/etc\`, \`/proc\`, a home,
\`~/.ssh\` or \`~/.aws\`, the storage or the socket of the engine. Whoever breaks into the container has it, too.

Writable system paths and keys are errors; read-only ones are warnings. The engine's socket is a warning, and a note
for programs that manage containers (Traefik, Portainer, runners): read-only or not, it gives root on the host; a
socket proxy narrows that. Programs that watch the host (node-exporter, cAdvisor, log shippers) may read the system,
and single facts such as \`/etc/localtime\` are no secret.`,
  fixable: false,
  examples: {
    bad: [
      { compose: 'services:\n  app:\n    image: example/app\n    volumes:\n      - /:/host\n' },
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - /var/run/docker.sock:/var/run/docker.sock:ro\n',
      },
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - ~/.ssh:/home/app/.ssh:ro\n',
      },
    ],
    good: [
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - /etc/localtime:/etc/localtime:ro\n',
      },
      {
        compose:
          'services:\n  metrics:\n    image: quay.io/prometheus/node-exporter:v1.9.1\n    volumes:\n      - /:/host:ro,rslave\n      - /proc:/host/proc:ro\n',
      },
      { compose: 'services:\n  app:\n    image: example/app\n    volumes:\n      - /srv/app:/data\n' },
    ],
  },
  *check({ services }) {
    for (const service of services) {
      for (const mount of service.mounts) {
        const exposure = exposureOf(mount, service)
        if (exposure === undefined) continue
        yield {
          at: mount.at,
          subject: { service: service.name, target: mount.target },
          severity: exposure.severity,
          message: `${exposure.what}.`,
          cure: exposure.cure,
        }
      }
    }
  },
}
