/**
 * What tar and cp, in the C locale, say of a file that went away, changed or was replaced under them, and what they
 * add to that. Names are escaped in messages, so that no name can end a line.
 */
const harmless = [
  /: No such file or directory$/,
  /: [Ff]ile removed before we read it$/,
  /: file changed as we read it$/,
  /: File shrank by \d+ bytes?; padding with zeros$/,
  /^cp: skipping file .* as it was replaced while being copied$/,
  /^tar: Exiting with failure status due to previous errors$/,
  /: Warning: /,
]

/** The lines of what a program said that tell of something worse than files that others changed meanwhile. */
export function failuresIn(messages: string): readonly string[] {
  return messages
    .split('\n')
    .filter((line) => line.trim() !== '' && !harmless.some((pattern) => pattern.test(line)))
}
