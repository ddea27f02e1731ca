import { printableName } from '../tar/name.ts'

/** The longest text that a volume may put into what we say of it. */
const longest = 200

/** The beginning of a file as a string of bytes; empty when it was not read. */
export function latin1(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? '' : Buffer.from(bytes).toString('latin1')
}

/** A string of bytes from a volume, cut and escaped for printing. */
export function shown(text: string): string {
  return printableName(text.length > longest ? `${text.slice(0, longest)}...` : text)
}

/** For reading numbers at offsets; reading beyond the end throws, so compare the length before. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** Details without those that are not known. */
export function known(details: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const found: Record<string, string> = {}
  for (const [key, value] of Object.entries(details)) if (value !== undefined) found[key] = value
  return found
}

/** `major.minor` of a version that begins a text: `8.0.35-log` gives `8.0`. */
export function majorAndMinor(version: string | undefined): string | undefined {
  return /^\d{1,4}\.\d{1,4}/.exec(version ?? '')?.[0]
}
