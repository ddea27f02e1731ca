/** What the demo shows: sentences, commands as a person would type them, and time to read both. */
import { setTimeout as sleep } from 'node:timers/promises'
import process from 'node:process'

export type Screen = {
  /** A sentence that says what comes next. */
  readonly say: (sentence: string) => Promise<void>
  /** A command, before it runs. */
  readonly command: (words: readonly string[]) => Promise<void>
  /** A line without an effect: what was found, what is left to know. */
  readonly line: (text?: string) => void
  readonly good: (text: string) => void
  readonly bad: (text: string) => void
}

/** Colour and time to read are for a terminal; a log gets neither. */
export function screenOn(signal: AbortSignal): Screen {
  const { isTTY } = process.stdout
  const colour = isTTY && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb'
  const painted = (code: number, text: string) => (colour ? `\u001b[${code}m${text}\u001b[0m` : text)
  const pause = (milliseconds: number) => sleep(isTTY ? milliseconds : 0, undefined, { signal })
  return {
    async say(sentence) {
      print(`\n${painted(1, sentence)}`)
      await pause(1500)
    },
    async command(words) {
      print(`${painted(2, '$')} ${painted(36, words.map(quoted).join(' '))}`)
      await pause(700)
    },
    line: (text = '') => print(text),
    good: (text) => print(painted(32, text)),
    bad: (text) => print(painted(31, text)),
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`)
}

/** As it would have to be typed; our words hold neither double quotes nor dollar signs. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `"${word}"`
}
