import type { Rule } from '../rule.ts'

export const ignoreUnused: Rule = {
  id: 'ignore-unused',
  category: 'audit',
  severity: 'warning',
  summary: 'Remove ignores that match nothing',
  doc: `An ignore, in a comment or in \`.docker-vol.yaml\`, matches no finding: what it was for has been mended, it is in
the wrong place, or the name of the rule is misspelt. Left alone it would hide the next finding of that kind.`,
  fixable: false,
  examples: {
    bad: [
      {
        compose:
          '# docker-vol-ignore volume-unused: kept for later\nservices:\n  app:\n    image: example/app\n',
      },
      {
        compose: 'services:\n  app:\n    image: example/app\n',
        files: {
          '.docker-vol.yaml':
            'ignore:\n  - rule: volume-unused\n    volume: data\n    reason: kept for later\n',
        },
      },
    ],
    good: [
      {
        compose:
          'services:\n  app:\n    image: example/app\nvolumes:\n  # docker-vol-ignore volume-unused: kept for later\n  data:\n',
      },
    ],
  },
  check: () => [],
}
