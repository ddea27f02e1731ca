import { appendLines, editable, insertEntry } from '../../compose/edits.ts'
import type { Edit } from '../../compose/edit.ts'
import type { Project } from '../model/project.ts'
import type { Rule } from '../rule.ts'
import { valueAt } from '../../compose/node.ts'

export const volumeUndeclared: Rule = {
  id: 'volume-undeclared',
  category: 'volume',
  severity: 'error',
  summary: 'Declare every volume that a service mounts',
  doc: `A service mounts a volume by a name that is not under the top-level \`volumes:\`. Compose refuses the project;
often the name is a slip of one that is declared, or a path that lacks its \`./\`.

\`--fix\` declares the volume, unless a declared one is so similar that this was probably meant.`,
  fixable: true,
  examples: {
    bad: [
      { compose: 'services:\n  app:\n    image: example/app\n    volumes:\n      - data:/var/lib/app\n' },
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - dta:/var/lib/app\nvolumes:\n  data:\n',
      },
    ],
    good: [
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - data:/var/lib/app\nvolumes:\n  data:\n',
      },
    ],
  },
  *check(project) {
    if (project.incomplete) return
    const declared = new Set(project.volumes.map(({ key }) => key))
    const told = new Set<string>()
    for (const { name, mounts } of project.services) {
      for (const mount of mounts) {
        const { source } = mount
        if (mount.type !== 'volume' || source === undefined || declared.has(source)) continue
        const near = [...declared].find((key) => isNear(key, source))
        const edit = near === undefined && !told.has(source) ? declare(project, source) : undefined
        told.add(source)
        yield {
          at: mount.at,
          subject: { service: name, target: mount.target, volume: source },
          message: `The volume "${source}" is declared nowhere, so Compose refuses the project.`,
          cure:
            near === undefined
              ? `Declare it under volumes; for a folder of the host write ./${source}.`
              : `Did you mean "${near}"? Otherwise declare it under volumes.`,
          ...(edit === undefined ? {} : { fix: { title: `Declare the volume ${source}`, edits: [edit] } }),
        }
      }
    }
  },
}

function declare({ root, sources }: Project, key: string): Edit | undefined {
  const [source] = sources
  if (source === undefined || source.path === '-') return undefined
  const written = root.origin ?? root
  const section = valueAt(written, 'volumes')
  if (section === undefined) return appendLines(source, ['', 'volumes:', `  ${key}:`])
  const mapping = editable(section, 'map')
  if (mapping === undefined) return undefined
  return insertEntry(mapping, mapping.flow ? `${key}: {}` : `${key}:`)
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_.]/g, '')
}

/** One letter more, less or other, or the same but for separators. */
function isNear(one: string, other: string): boolean {
  if (plain(one) === plain(other)) return true
  const [short, long] = one.length <= other.length ? [one, other] : [other, one]
  if (short.length < 3 || long.length - short.length > 1) return false
  let at = 0
  while (at < short.length && short[at] === long[at]) at += 1
  return short.slice(short.length === long.length ? at + 1 : at) === long.slice(at + 1)
}
