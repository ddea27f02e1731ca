import { isDeepStrictEqual } from 'node:util'
import { replaceFile } from '../../compose/write-file.ts'
import type { ComposeAnswer, ComposeRequest } from '../../docker/compose.ts'
import { VolError } from '../../errors.ts'
import type { FileChange } from './change.ts'
import { meaningOf, withWant, type Plain } from './meaning.ts'
import type { ComposeProposal } from './propose.ts'

/** Asks Compose what a project is; left out where there is no Compose. */
export type AskCompose = (request: ComposeRequest) => Promise<ComposeAnswer>

/**
 * Writes the edits of a proposal, all of them or none. Each file is replaced whole, and only while it is what the
 * edits were made for. Compose is asked before and after: when it reads anything else in the new files than was
 * wanted, the old ones are put back. Fails with FAILED in both cases.
 */
export async function writeChange(proposal: ComposeProposal, ask?: AskCompose): Promise<void> {
  const { changes, byHand } = proposal
  if (byHand.length > 0)
    throw new VolError(
      'FAILED',
      'The Compose files were left as they are: part of the change has to be made by hand.',
      {
        suggestions: byHand,
      },
    )
  if (changes.length === 0) return
  const before = await modelOf(proposal, ask)
  const written: FileChange[] = []
  try {
    for (const each of changes) {
      await replaceFile(each.path, each.before, each.after)
      written.push(each)
    }
    await checkMeaning(proposal, before, ask)
  } catch (error) {
    for (const { path, before: old, after } of written.toReversed()) await replaceFile(path, after, old)
    throw error
  }
}

async function checkMeaning(
  proposal: ComposeProposal,
  before: Plain | undefined,
  ask: AskCompose | undefined,
): Promise<void> {
  // What Compose did not take before says nothing about the edit.
  if (before === undefined) return
  const wanted = proposal.wants.reduce((model, want) => withWant(model, want, 'resolved'), before)
  const after = await modelOf(proposal, ask)
  if (after !== undefined && isDeepStrictEqual(meaningOf(after), meaningOf(wanted))) return
  throw new VolError(
    'FAILED',
    'Compose reads the changed files otherwise than was meant; they are as they were.',
    {
      suggestions: ['Change them by hand: --dry-run shows what to write.'],
    },
  )
}

async function modelOf({ origin }: ComposeProposal, ask: AskCompose | undefined): Promise<Plain | undefined> {
  const answer = await ask?.({
    files: origin.files,
    projectDirectory: origin.directory,
    projectName: origin.project,
    environmentFiles: origin.environmentFiles,
    fetchNothing: true,
  })
  if (answer === undefined || !('model' in answer)) return undefined
  // It was read from JSON, so it is made of nothing else.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- see above
  return answer.model as Plain
}
