import { VolError } from '../../errors.ts'
import type { Finding } from '../finding.ts'
import type { Files } from '../../compose/files.ts'

/** The findings that a project has accepted, by fingerprint: lines may move, what they are about may not. */
export type Baseline = ReadonlySet<string>

/** Reads a baseline; one that is not there accepts nothing. */
export async function readBaseline(file: string, files: Files): Promise<Baseline | undefined> {
  const bytes = await files.read(file)
  if (bytes === undefined) return undefined
  try {
    const content: unknown = JSON.parse(new TextDecoder().decode(bytes))
    if (!isBaseline(content)) throw new TypeError('It is no baseline of docker vol audit.')
    return new Set(content.findings.flatMap(({ fingerprint }) => fingerprint ?? []))
  } catch (cause) {
    throw new VolError('FAILED', `The baseline ${file} cannot be read.`, {
      suggestions: ['Write it anew with docker vol audit --write-baseline.'],
      cause,
    })
  }
}

/** A baseline that accepts these findings, in an order that makes small differences. */
export function renderBaseline(findings: readonly Finding[]): string {
  const accepted = findings
    .map(({ rule, fingerprint, message }) => ({ rule, fingerprint, message }))
    .toSorted((one, other) => (one.rule + one.fingerprint < other.rule + other.fingerprint ? -1 : 1))
  return `${JSON.stringify({ version: 1, findings: accepted }, undefined, 2)}\n`
}

type BaselineFile = { readonly findings: readonly { readonly fingerprint?: string }[] }

function isBaseline(content: unknown): content is BaselineFile {
  if (typeof content !== 'object' || content === null) return false
  return (
    'version' in content && content.version === 1 && 'findings' in content && Array.isArray(content.findings)
  )
}
