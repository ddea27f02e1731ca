import { rulePage, rulesIndex } from '../src/audit/rule-page.ts'
import { rules } from '../src/audit/rules/index.ts'

const generated = '<!-- Generated from src/audit/rules by scripts/generate-rule-docs.ts. Do not edit. -->'

/** docs/rules, from the rules themselves: file names and what is in them. */
export function rulePages(): ReadonlyMap<string, string> {
  const pages = rules.map((rule): [string, string] => [`${rule.id}.md`, `${rulePage(rule)}\n${generated}\n`])
  return new Map([...pages, ['README.md', `${rulesIndex(rules)}\n${generated}\n`]])
}
