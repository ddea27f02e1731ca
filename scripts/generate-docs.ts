/** `npm run docs`: writes the pages of docs/ that are made from code. A test sees to it that they are current. */
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { errorsPage } from './errors-page.ts'

writeFileSync(path.resolve(import.meta.dirname, '..', 'docs', 'errors.md'), errorsPage())
