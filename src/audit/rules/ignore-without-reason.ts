import type { Rule } from '../rule.ts'

export const ignoreWithoutReason: Rule = {
  id: 'ignore-without-reason',
  category: 'audit',
  severity: 'warning',
  summary: 'Say why a finding is ignored',
  doc: `An ignore has no reason. It works, and nobody can tell later whether it still should. Write it after a colon, as
in \`# docker-vol-ignore volume-unused: kept for the next release\`, or as \`reason:\` in \`.docker-vol.yaml\`.`,
  fixable: false,
  examples: {
    bad: [
      {
        compose:
          'services:\n  app:\n    image: example/app\nvolumes:\n  data: # docker-vol-ignore volume-unused\n',
      },
      {
        compose: 'services:\n  app:\n    image: example/app\nvolumes:\n  data:\n',
        files: { '.docker-vol.yaml': 'ignore:\n  - rule: volume-unused\n    volume: data\n' },
      },
    ],
    good: [
      {
        compose:
          'services:\n  app:\n    image: example/app\nvolumes:\n  data: # docker-vol-ignore volume-unused: kept for later\n',
      },
    ],
  },
  check: () => [],
}
