import { insertAt } from '../../compose/edits.ts'
import type { Fix } from '../finding.ts'
import { usesByVolume } from '../model/coverage.ts'
import type { Project } from '../model/project.ts'
import type { Rule } from '../rule.ts'
import { entriesOf } from '../../compose/node.ts'

export const projectNameNotSet: Rule = {
  id: 'project-name-not-set',
  category: 'project',
  severity: 'info',
  summary: 'Set the name of a project that has volumes',
  doc: `Without \`name:\` a project is called like its folder, and its volumes \`FOLDER_volume\`. In a folder of another
name (renamed, moved, a second checkout) the same project starts with new, empty volumes; the old ones are still there
under the old name.

\`--fix\` writes the name that the project has now, which changes nothing for it.`,
  fixable: true,
  examples: {
    bad: [
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - data:/data\nvolumes:\n  data:\n',
      },
    ],
    good: [
      {
        compose:
          'name: shop\nservices:\n  app:\n    image: example/app\n    volumes:\n      - data:/data\nvolumes:\n  data:\n',
      },
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - data:/data\nvolumes:\n  data:\n    name: shop-data\n',
      },
      { compose: 'services:\n  app:\n    image: example/app\n' },
    ],
  },
  *check(project) {
    const { name, nameFrom, volumes, sources } = project
    if (nameFrom !== 'folder' || sources[0]?.path === '-') return
    const uses = usesByVolume(project)
    const depending = volumes.filter(
      (volume) =>
        volume.name === undefined &&
        volume.nameAt?.origin === undefined &&
        !volume.external &&
        uses.has(volume.key),
    )
    const [first] = depending
    if (first === undefined) return
    const fix = setName(project)
    yield {
      at: first.at,
      subject: {},
      message: `The project is called "${name}" after its folder, and ${
        depending.length === 1 ? `its volume "${first.key}" with it` : `${depending.length} volumes with it`
      }: from a folder of another name it starts with empty ones.`,
      cure: `Write name: ${name} at the top of the file.`,
      ...(fix === undefined ? {} : { fix }),
    }
  },
}

function setName({ name, root, sources }: Project): Fix | undefined {
  const [source] = sources
  const written = root.origin ?? root
  if (source === undefined || !/^[a-z0-9][a-z0-9_-]*$/.test(name) || written.kind !== 'map' || written.flow)
    return undefined
  const starts = entriesOf(written)
    .filter(({ keySpan }) => keySpan.source === source)
    .map(({ keySpan }) => keySpan.start)
  if (starts.length === 0) return undefined
  const first = Math.min(...starts)
  // A name of digits alone would be read as a number.
  const value = /[a-z_]/.test(name) ? name : JSON.stringify(name)
  const isAtLineStart = first === 0 || source.text[first - 1] === '\n'
  if (!isAtLineStart) return undefined
  return {
    title: `Name the project ${name}`,
    edits: [insertAt(source, first, `name: ${value}${source.lineEnd}`)],
  }
}
