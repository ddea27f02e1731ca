import { describe, expect, test } from 'vitest'
import { auditExample } from '../../src/audit/examples.ts'
import { formatReport, type FormatName } from '../../src/audit/formats/index.ts'
import { rules } from '../../src/audit/rules/index.ts'
import { safeText } from '../../src/cli/safe-text.ts'
import { wrap } from '../../src/cli/text.ts'

const screen = { width: 80, color: false, wrap, safe: safeText }

async function formatted(format: FormatName, compose: string): Promise<string> {
  const { findings, project, notes, resolvedBy } = await auditExample({ compose })
  const { name, sources } = project
  const report = {
    version: '1.2.3',
    project: name,
    sources,
    resolvedBy,
    notes,
    findings,
    accepted: 0,
    live: false,
    rules,
  }
  return formatReport(format, report, screen)
}

async function fingerprints(compose: string): Promise<readonly string[]> {
  const { results } = JSON.parse(await formatted('sarif', compose)).runs[0]
  return results.map(
    ({ partialFingerprints }: { partialFingerprints: Record<string, string> }) =>
      partialFingerprints['dockerVol/v1'],
  )
}

/** Names that would be markup, commands or colours somewhere. */
const nasty = [
  'name: shop',
  'services:',
  `  "a<b>&|\`@x\\e[31m%0A::error::":`,
  '    image: example/app',
  '    volumes: ["/d,a t]]>a"]',
  '    tmpfs: "/t<m>p"',
  '',
].join('\n')

const plain =
  'name: shop\nservices:\n  db:\n    image: mysql:8.4\n    volumes:\n      - data:/var/lib/mysql\n      - /extra\nvolumes:\n  data:\n'

test('text must show the line, a caret under what is meant, the reason and the cure', async () => {
  expect(await formatted('text', plain)).toBe(`compose.yaml

  4:12  note  database-stop-grace-period
      4 │     image: mysql:8.4
        │            ^^^^^^^^^
      MySQL is killed 10 s after it was asked to stop: too short for one that
      has much to write out.
      → Set stop_grace_period to 1m; the time is only used when it is needed.

  7:9  warning  anonymous-volume
      7 │       - /extra
        │         ^^^^^^
      /extra is in an anonymous volume: after down and up it is a new, empty
      one.
      → Give it a name, as in data:/extra, and declare that under volumes.

1 warning, 1 note; --fix can mend 1 of them
`)
})

test('text must not pass on what would move the cursor', async () => {
  expect(await formatted('text', nasty)).not.toContain('\x1b')
})

describe('SARIF', () => {
  test('must have rules with help, places, levels, fingerprints and fixes', async () => {
    const log = JSON.parse(await formatted('sarif', plain))
    const [run] = log.runs
    expect(log.version).toBe('2.1.0')
    expect(run.tool.driver.rules.map(({ id }: { id: string }) => id)).toEqual(rules.map(({ id }) => id))
    for (const rule of run.tool.driver.rules) {
      expect(rule.help.markdown).toMatch(/\S/)
      expect(['error', 'warning', 'note']).toContain(rule.defaultConfiguration.level)
    }
    for (const result of run.results) {
      expect(run.tool.driver.rules[result.ruleIndex].id).toBe(result.ruleId)
      expect(result.partialFingerprints['dockerVol/v1']).toMatch(/^[0-9a-f]{32}/)
    }
    expect(run.results[0]).toMatchObject({
      level: 'note',
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'compose.yaml' },
            region: { startLine: 4, startColumn: 12, endLine: 4, endColumn: 21 },
          },
        },
      ],
      fixes: [
        {
          artifactChanges: [
            {
              replacements: [
                {
                  deletedRegion: { startLine: 4, startColumn: 21, endLine: 4, endColumn: 21 },
                  insertedContent: { text: '\n    stop_grace_period: 1m' },
                },
              ],
            },
          ],
        },
      ],
    })
  })

  test('fingerprints must survive moved lines, and differ between findings', async () => {
    const before = await fingerprints(plain)
    expect(await fingerprints(`# moved\n\n${plain}`)).toEqual(before)
    expect(new Set(before).size).toBe(before.length)
  })
})

test('GitHub annotations must be one line each, whatever the names', async () => {
  const lines = (await formatted('github', nasty)).trimEnd().split('\n')
  expect(lines).toHaveLength(2)
  for (const line of lines)
    expect(line).toMatch(/^::(warning|notice) file=compose\.yaml,line=\d+,endLine=\d+,col=/)
})

test('JUnit must be XML, whatever the names', async () => {
  const xml = await formatted('junit', nasty)
  expect(xml).toContain('<testsuites name="docker vol audit" tests="2" failures="1">')
  // Nothing of the names is left that would open or close anything.
  expect(
    xml.replaceAll(
      /<\/?(testsuites?|testcase|failure|system-out)(\s[\w-]+="[^"<>]*")*\/?>|<\?xml[^>]*>/g,
      '',
    ),
  ).not.toMatch(/[<>"]/)
})

test('a file without findings must be a test that passed', async () => {
  const xml = await formatted('junit', 'name: shop\nservices:\n  app:\n    image: example/app\n')
  expect(xml).toContain('tests="1" failures="0"')
})

test('Markdown must keep names from being markup, mentions and cells', async () => {
  const markdown = await formatted('markdown', nasty)
  const rows = markdown.split('\n').filter((line) => line.startsWith('| ⚠️') || line.startsWith('| ℹ️'))
  expect(rows).toHaveLength(2)
  for (const row of rows) expect(row.replaceAll(/\\./g, '').split('|')).toHaveLength(6)
  expect(markdown).not.toMatch(/[^\\]<(b|m)>|@x/)
})

test.each(['text', 'json', 'sarif', 'github', 'junit', 'markdown'] as const)(
  '%s must not repeat a password that stands in the file',
  async (format) => {
    const options = "type: cifs, o: 'addr=nas,username=me,password=hunter2,vers=3.0', device: //nas/x"
    const compose = `name: shop\nservices:\n  app:\n    image: example/app\n    volumes: [m:/m]\nvolumes:\n  m:\n    driver_opts: {${options}}\n`
    const report = await formatted(format, compose)
    expect(report).toContain('driver-options-credentials')
    expect(report).not.toContain('hunter2')
  },
)
