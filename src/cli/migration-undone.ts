import type { Container } from '../facts.ts'
import { changesBack } from '../migrate/compose-change/way-back.ts'
import type { UndoSnapshot } from '../operations/undo.ts'
import type { CommandContext } from './context.ts'
import { diffsOf, leftByHand, notesOn, projectReader } from './migration-compose.ts'
import { safeText } from './safe-text.ts'

/**
 * Says what the files that describe a volume's containers have to say again once its migration is taken back: the
 * change to the Compose files as a diff, and what no diff can say. Nothing where there is nothing to be changed, and
 * nothing is written. `consumers` are the containers that mounted the volume before it was taken back.
 */
export async function reportWayBack(
  context: CommandContext,
  { volume, config: { undo } }: UndoSnapshot,
  consumers: readonly Container[],
): Promise<void> {
  if (undo.takenBy !== 'migration' || undo.ran === undefined) return
  const changes = await changesBack(
    { volume, consumers, to: undo.replacedBy, ran: undo.ran },
    projectReader(context),
  )
  const say = (text: string) => context.terminal.err(safeText(text))
  const diff = diffsOf(changes)
  if (diff !== '')
    say(
      `The Compose files still name what it was migrated to; change them back before docker compose up:\n${diff}`,
    )
  const left = leftByHand(changes)
  if (left.length > 0)
    say(`To use the volume "${volume}" again as before:\n${left.map((line) => `  ${line}\n`).join('')}`)
  if (diff !== '') for (const note of notesOn(changes)) say(`Note: ${note}\n`)
}
