import type { DeclaredVolume } from '../model/project.ts'
import type { Rule } from '../rule.ts'

export const volumeNameReused: Rule = {
  id: 'volume-name-reused',
  category: 'volume',
  severity: 'warning',
  summary: 'Give two volumes two names',
  doc: `Two volumes of the file have the same \`name:\`, so that they are one volume: services that seem to have data of
their own write the same files. Usually one is a copy of the other whose name was not changed.`,
  fixable: false,
  examples: {
    bad: [
      {
        compose:
          'name: shop\nservices:\n  one:\n    image: example/one\n    volumes:\n      - a:/data\n  two:\n    image: example/two\n    volumes:\n      - b:/data\nvolumes:\n  a:\n    name: shop-data\n  b:\n    name: shop-data\n',
      },
    ],
    good: [
      {
        compose:
          'name: shop\nservices:\n  one:\n    image: example/one\n    volumes:\n      - a:/data\n  two:\n    image: example/two\n    volumes:\n      - b:/data\nvolumes:\n  a:\n    name: shop-a\n  b:\n    name: shop-b\n',
      },
    ],
  },
  *check({ volumes, name: project }) {
    const first = new Map<string, DeclaredVolume>()
    for (const volume of volumes) {
      const { key, name, nameAt, at, external } = volume
      // A name that holds an unset variable is not known.
      if (name === undefined && nameAt !== undefined && nameAt.origin !== undefined) continue
      const full = name ?? (external ? key : `${project}_${key}`)
      const other = first.get(full)
      if (other === undefined) {
        first.set(full, volume)
        continue
      }
      yield {
        at: nameAt ?? at,
        subject: { volume: key },
        message: `"${key}" and "${other.key}" are one volume, ${full}.`,
        cure: 'Give one of them another name, or use one key for both.',
      }
    }
  },
}
