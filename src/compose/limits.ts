import { VolError } from '../errors.ts'

/** Far above what people write (a file of 10,000 services has 3 MB) and far below what hurts. */
const largestFile = 16 * 1024 * 1024
const deepest = 200

/** Reads bytes as text, or says why they cannot be a Compose file. */
export function decodeText(name: string, bytes: Uint8Array): string {
  if (bytes.length > largestFile)
    throw unreadable(name, `it has ${bytes.length} bytes; ${largestFile} are the limit`)
  try {
    // A byte order mark stays: a file that is fixed keeps it.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw unreadable(name, 'it is not UTF-8 text')
  }
}

/**
 * Refuses what is nested so deeply that reading it would take the stack: counted roughly, from the text alone,
 * before any parser sees it.
 */
export function checkDepth(name: string, text: string): void {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const letter = text.charCodeAt(at)
    if (letter === openBracket || letter === openBrace) {
      depth += 1
      if (depth > deepest) throw tooDeep(name)
    } else if ((letter === closeBracket || letter === closeBrace) && depth > 0) depth -= 1
    else if (letter === lineFeed && isIndicatorRun(text, at + 1)) throw tooDeep(name)
  }
  if (isIndicatorRun(text, 0)) throw tooDeep(name)
  if (indentationLevels(text) > deepest) throw tooDeep(name)
}

const [openBracket, closeBracket, openBrace, closeBrace, lineFeed] = [91, 93, 123, 125, 10]

/** `- - - - …` opens a list at every dash; `? ? ?` a mapping. */
function isIndicatorRun(text: string, start: number): boolean {
  let count = 0
  for (let at = start; at < text.length; at++) {
    const letter = text[at]
    if (letter === '-' || letter === '?') count += 1
    else if (letter !== ' ') break
    if (count > deepest && text[at + 1] === ' ') return true
  }
  return false
}

/** How many levels of indentation are open at once, at most. */
function indentationLevels(text: string): number {
  const open: number[] = []
  let most = 0
  for (const [, spaces = ''] of text.matchAll(/^( *)[^\s#]/gm)) {
    while ((open.at(-1) ?? -1) >= spaces.length) open.pop()
    open.push(spaces.length)
    most = Math.max(most, open.length)
  }
  return most
}

function tooDeep(name: string): VolError {
  return unreadable(name, `it is nested more than ${deepest} levels deep`)
}

/** A file that is no Compose file that we can read. */
export function unreadable(name: string, why: string): VolError {
  return new VolError('FAILED', `${name} cannot be read as a Compose file: ${why}.`, {
    suggestions: ['docker compose config --quiet checks a file.'],
  })
}
