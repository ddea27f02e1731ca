import { editable, insertAt, insertEntry, lettersOf } from '../../compose/edits.ts'
import type { Edit } from '../../compose/edit.ts'
import { looksLikeFile } from '../model/host-paths.ts'
import type { Mount, Service } from '../model/project.ts'
import type { Rule } from '../rule.ts'
import { parseMountText } from '../../compose/mount-text.ts'

export const configMountedWritable: Rule = {
  id: 'config-mounted-writable',
  category: 'bind mount',
  severity: 'info',
  summary: 'Mount configuration and certificates read-only',
  doc: `A bind mount gives the container the right to change the file on the host. A service that only reads its
configuration, certificates or first-start scripts needs none of that, and one that was broken into could change what
runs next time.

Only places that are known to be read are looked at (\`/docker-entrypoint-initdb.d\`, configuration below \`/etc\`); an
explicit \`:rw\` is taken for what it says, and files that their programs write (Redis Sentinel's, \`acme.json\`) are left
alone. \`--fix\` adds \`:ro\`, or \`read_only: true\` in the long syntax.`,
  fixable: true,
  examples: {
    bad: [
      {
        compose:
          'services:\n  web:\n    image: nginx:1.29\n    volumes:\n      - ./nginx.conf:/etc/nginx/nginx.conf\n',
        files: { 'nginx.conf': '' },
      },
      {
        compose:
          'services:\n  db:\n    image: postgres:17\n    volumes:\n      - ./init:/docker-entrypoint-initdb.d\n',
        files: { 'init/1.sql': '' },
      },
    ],
    good: [
      {
        compose:
          'services:\n  web:\n    image: nginx:1.29\n    volumes:\n      - ./nginx.conf:/etc/nginx/nginx.conf:ro\n',
        files: { 'nginx.conf': '' },
      },
      {
        compose:
          'services:\n  proxy:\n    image: traefik:3\n    volumes:\n      - ./acme.json:/etc/traefik/acme.json\n',
        files: { 'acme.json': '' },
      },
    ],
  },
  *check({ services }) {
    for (const service of services) {
      for (const mount of service.mounts) {
        if (mount.type !== 'bind' || mount.readOnly || !isOnlyRead(mount, service)) continue
        if (isExplicitlyWritable(mount)) continue
        const edit = readOnlyEdit(mount)
        yield {
          at: mount.at,
          subject: { service: service.name, target: mount.target },
          message: `${mount.sourceText} is only read at ${mount.target}, and the container may change it on the host.`,
          cure: mount.syntax === 'short' ? 'Add :ro to the mount.' : 'Set read_only: true.',
          ...(edit === undefined
            ? {}
            : { fix: { title: `Mount ${mount.sourceText} read-only`, edits: [edit] } }),
        }
      }
    }
  },
}

const readDirectories =
  /^\/(docker-entrypoint-initdb\.d|etc\/nginx|etc\/ssl|etc\/certs|etc\/haproxy|usr\/local\/etc\/haproxy|etc\/prometheus|etc\/alertmanager|etc\/loki|etc\/promtail|etc\/mysql|etc\/postgresql|etc\/grafana\/provisioning|etc\/caddy|etc\/traefik|etc\/apache2|etc\/localtime|etc\/timezone|usr\/local\/apache2\/conf|etc\/telegraf)(\/|$)/

/** Known to write what lies there: certificates they fetch, configuration that they keep up to date. */
const writers = /(^|\/)(certbot|acme|lego|nginx-proxy|docker-gen|letsencrypt|pihole|nginx-proxy-manager|swag)/

function isOnlyRead(mount: Mount, { image, built }: Service): boolean {
  if (built || image === undefined || writers.test(image.repository)) return false
  if (/acme|sentinel|letsencrypt|\/(data|logs?)(\/|$)/.test(`${mount.sourceText}:${mount.target}`))
    return false
  if (readDirectories.test(mount.target)) return true
  return (
    mount.target.startsWith('/etc/') && looksLikeFile(mount.target) && looksLikeFile(mount.sourceText ?? '')
  )
}

function isExplicitlyWritable({ at }: Mount): boolean {
  const written = at.origin ?? at
  if (written.kind === 'scalar') return parseMountText(String(written.value ?? '')).options.includes('rw')
  return written.kind === 'map' && written.entries.has('read_only')
}

function readOnlyEdit(mount: Mount): Edit | undefined {
  const long = editable(mount.at, 'map')
  if (long !== undefined) return insertEntry(long, 'read_only: true', 'target')
  const scalar = editable(mount.at, 'scalar')
  const letters = scalar === undefined ? undefined : lettersOf(scalar.span)
  if (letters === undefined) return undefined
  const { options } = parseMountText(letters.text)
  return insertAt(letters.source, letters.end, options.length > 0 ? ',ro' : ':ro')
}
