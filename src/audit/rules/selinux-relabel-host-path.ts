import type { Mount, Project } from '../model/project.ts'
import type { Rule } from '../rule.ts'
import { isSystemPath } from '../model/host-paths.ts'

export const selinuxRelabelHostPath: Rule = {
  id: 'selinux-relabel-host-path',
  category: 'bind mount',
  severity: 'error',
  summary: 'Do not relabel paths of the system with :z or :Z',
  doc: `On hosts with SELinux, \`:z\` and \`:Z\` change the label of everything below the host's path, for good. Over a
system directory or a home that locks the host's own programs out: logins, sshd and cron stop working. On hosts
without SELinux nothing happens, until the file is used on one that has it.

\`:Z\` gives a path to one container alone; where two services mount the same path, the one that starts first loses it
again (a warning). Mount a directory that is meant for the container, or run with
\`security_opt: [label=disable]\`.`,
  fixable: false,
  examples: {
    bad: [
      { compose: 'services:\n  app:\n    image: example/app\n    volumes:\n      - /etc:/host/etc:ro,z\n' },
      {
        compose:
          'services:\n  one:\n    image: example/one\n    volumes:\n      - /srv/app:/data:Z\n  two:\n    image: example/two\n    volumes:\n      - /srv/app:/data:Z\n',
      },
    ],
    good: [
      { compose: 'services:\n  app:\n    image: example/app\n    volumes:\n      - /srv/app:/data:Z\n' },
      {
        compose:
          'services:\n  one:\n    image: example/one\n    volumes:\n      - /srv/app:/data:z\n  two:\n    image: example/two\n    volumes:\n      - /srv/app:/data:z\n',
      },
    ],
  },
  *check(project) {
    for (const { name, mounts } of project.services) {
      for (const mount of mounts) {
        const { selinux, source, at, target } = mount
        if (mount.type !== 'bind' || selinux === undefined || source === undefined) continue
        const subject = { service: name, target }
        if (isSystemPath(source))
          yield {
            at,
            subject,
            message: `:${selinux} changes the SELinux label of ${mount.sourceText} and everything below it on the host, and locks the host's own programs out.`,
            cure: 'Mount a directory that is meant for the container, or use security_opt: [label=disable].',
          }
        else if (selinux === 'Z' && isMountedElsewhere(project, name, mount))
          yield {
            at,
            subject,
            severity: 'warning',
            message: `:Z gives ${mount.sourceText} to ${name} alone, and another service mounts it as well: one of the two is locked out.`,
            cure: 'Use :z where several containers share a path.',
          }
      }
    }
  },
}

function isMountedElsewhere({ services }: Project, name: string, { source }: Mount): boolean {
  return services.some(
    (other) =>
      other.name !== name && other.mounts.some((mount) => mount.type === 'bind' && mount.source === source),
  )
}
