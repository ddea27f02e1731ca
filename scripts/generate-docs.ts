/** `npm run docs`: writes the pages of docs/ that are made from code. A test sees to it that they are current. */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { checks } from '../src/migrate/preflight/checks/index.ts'
import { findingsPage } from '../src/migrate/preflight/page.ts'
import { errorsPage } from './errors-page.ts'

const docs = path.resolve(import.meta.dirname, '..', 'docs')
writeFileSync(path.join(docs, 'errors.md'), errorsPage())
writeFileSync(path.join(docs, 'migration-findings.md'), findingsPage(checks))
