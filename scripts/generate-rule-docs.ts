/** Writes docs/rules from the rules. A test sees to it that the pages are current. */
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { rulePages } from './rule-pages.ts'

const folder = path.resolve(import.meta.dirname, '..', 'docs', 'rules')
const pages = rulePages()
mkdirSync(folder, { recursive: true })
for (const name of readdirSync(folder)) if (!pages.has(name)) rmSync(path.join(folder, name))
for (const [name, text] of pages) writeFileSync(path.join(folder, name), text)
