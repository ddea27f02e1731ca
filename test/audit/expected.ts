import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Finding } from '../../src/audit/finding.ts'

/** A finding as the expectations name it: `warning anonymous-volume compose.yaml:4:7`. */
export function named({ severity, rule, place }: Finding): string {
  return `${severity} ${rule} ${place.file}:${place.line}:${place.column}`
}

/**
 * Reads expected.txt of a project. A line is `SEVERITY RULE | TEXT@N | FILE`: the finding is at the N-th place where
 * the file has that text. The file is compose.yaml and N is 1 when left out.
 */
export function expectedOf(folder: string): readonly string[] {
  return readFileSync(path.join(folder, 'expected.txt'), 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [what = '', anchor = '', file = 'compose.yaml'] = line.split(' | ')
      return `${what} ${file}:${placeOfText(path.join(folder, file), anchor)}`
    })
}

function placeOfText(file: string, anchor: string): string {
  const [, text = '', number = '1'] = /^(.*?)(?:@(\d+))?$/.exec(anchor) ?? []
  const content = readFileSync(file, 'utf8')
  let at = -1
  for (let count = 0; count < Number(number); count++) {
    at = content.indexOf(text, at + 1)
    if (at === -1) throw new Error(`${file} has no ${number}. "${text}".`)
  }
  const before = content.slice(0, at).split('\n')
  return `${before.length}:${(before.at(-1)?.length ?? 0) + 1}`
}
