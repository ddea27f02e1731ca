import { longBind } from '../fix/long-bind.ts'
import { looksLikeFile } from '../model/host-paths.ts'
import type { Rule } from '../rule.ts'

export const bindShortSyntax: Rule = {
  id: 'bind-short-syntax',
  category: 'bind mount',
  severity: 'info',
  summary: 'Mount files of the host with the long syntax and create_host_path: false',
  doc: `With the short syntax Docker makes what is missing on the host: a directory that belongs to root. Where a
configuration file was meant, the container then finds a directory in its place, and the next checkout or copy of the
file fails. The long syntax with \`create_host_path: false\` makes \`up\` fail with a clear error instead.

One finding for each service, at the first of its files; directories are left alone. \`--fix\` rewrites the mounts.`,
  fixable: true,
  examples: {
    bad: [
      {
        compose:
          'services:\n  web:\n    image: nginx:1.29\n    volumes:\n      - ./nginx.conf:/etc/nginx/nginx.conf:ro\n',
        files: { 'nginx.conf': '' },
      },
    ],
    good: [
      {
        compose:
          'services:\n  web:\n    image: nginx:1.29\n    volumes:\n      - type: bind\n        source: ./nginx.conf\n        target: /etc/nginx/nginx.conf\n        read_only: true\n        bind:\n          create_host_path: false\n',
        files: { 'nginx.conf': '' },
      },
      {
        compose:
          'services:\n  web:\n    image: nginx:1.29\n    volumes:\n      - ./site:/usr/share/nginx/html:ro\n',
      },
    ],
  },
  *check({ services }) {
    for (const { name, mounts } of services) {
      const short = mounts.filter(
        (mount) =>
          mount.type === 'bind' &&
          mount.syntax === 'short' &&
          mount.inProject &&
          // What is not there is told by another rule.
          mount.sourceKind === 'file' &&
          looksLikeFile(mount.sourceText ?? ''),
      )
      const [first] = short
      if (first === undefined) continue
      const edits = short.flatMap((mount) => longBind(mount) ?? [])
      const more = short.length === 1 ? '' : ` and ${short.length - 1} more`
      yield {
        at: first.at,
        subject: { service: name },
        message: `Where ${first.sourceText}${more} is missing on a host, Docker makes a directory of that name, which belongs to root.`,
        cure: 'Use the long syntax with bind.create_host_path: false, so that up fails instead.',
        ...(edits.length < short.length ? {} : { fix: { title: `Use the long syntax in ${name}`, edits } }),
      }
    }
  },
}
