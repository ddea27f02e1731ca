import { looksLikeFile } from '../model/host-paths.ts'
import type { Rule } from '../rule.ts'
import { textOf, valueAt, type Node } from '../../compose/node.ts'

export const bindSourceMissing: Rule = {
  id: 'bind-source-missing',
  category: 'bind mount',
  severity: 'warning',
  summary: 'Have what is bind mounted in place before the first up',
  doc: `A bind mount names something in the project that is not there. Docker makes a directory that belongs to root:
in place of a configuration file that breaks the service and everything that later writes the file; as a place for
data it is one that a container without root cannot write.

A missing file is a warning, or a note when it is of a kind that is kept out of repositories (keys, certificates,
\`.env\`, databases). A missing directory is a note, and only where the service sets a \`user:\` that could not write
it. Paths outside of the project, and those with \`create_host_path: false\`, are not looked at: the audit may run on
another machine than the project.`,
  fixable: false,
  examples: {
    bad: [
      {
        compose:
          'services:\n  web:\n    image: nginx:1.29\n    volumes:\n      - ./nginx.conf:/etc/nginx/nginx.conf:ro\n',
      },
      {
        compose:
          'services:\n  app:\n    image: example/app\n    user: 1000:1000\n    volumes:\n      - ./data:/data\n',
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
          'services:\n  web:\n    image: nginx:1.29\n    volumes:\n      - type: bind\n        source: ./site\n        target: /usr/share/nginx/html\n        bind:\n          create_host_path: false\n',
      },
      {
        compose:
          'services:\n  web:\n    image: nginx:1.29\n    volumes:\n      - /srv/site:/usr/share/nginx/html:ro\n',
      },
    ],
  },
  *check({ services, sources }) {
    // What comes through standard input may belong to any folder.
    if (sources[0]?.path === '-') return
    for (const { name, mounts, node } of services) {
      for (const mount of mounts) {
        if (mount.type !== 'bind' || !mount.inProject || mount.sourceKind !== undefined) continue
        if (mount.source === undefined || !mount.createHostPath) continue
        const written = mount.sourceText ?? ''
        const file = looksLikeFile(written) && looksLikeFile(mount.target)
        if (!file && !runsWithoutRoot(node)) continue
        yield {
          at: mount.at,
          subject: { service: name, target: mount.target },
          severity: file && !keptElsewhere.test(written) ? 'warning' : 'info',
          message: file
            ? `The file ${written} is not there: Docker makes a directory in its place, and the service finds that at ${mount.target}.`
            : `The directory ${written} is not there: Docker makes one that belongs to root, and ${name} does not run as root.`,
          cure: file
            ? 'Put the file there first; with bind.create_host_path: false up would fail instead.'
            : 'Make it first, owned by whom the container runs as, or use a named volume.',
        }
      }
    }
  },
}

/** What is not in a repository for good reasons, and so not where the audit may run. */
const keptElsewhere =
  /\.(env|key|pem|crt|cert|cer|p12|pfx|jks|htpasswd|db|sqlite3?|log)$|\.env|secret|acme\.json/i

function runsWithoutRoot(node: Node): boolean {
  const user = textOf(valueAt(node, 'user'))
  return user !== undefined && !/^(0|root)?(:.*)?$/.test(user)
}
