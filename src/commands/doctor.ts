import { VolCommand } from '../cli/command.ts'
import { formatFlag, progressFlag, settingsFlags } from '../cli/flags.ts'
import { reportList } from '../cli/report.ts'
import { openWorld } from '../cli/world.ts'
import { examine, type Finding } from '../plan/doctor.ts'

/** The exit code for findings (design.md, section 4). */
const findings = 3

export default class Doctor extends VolCommand {
  static override summary = 'Put right what an interrupted run left, and check the set-up'
  static override description = `${this.summary}: the engine, the helper image, the store. Exits with 3 when something is wrong.`
  static override examples = ['docker vol doctor', 'docker vol doctor --format json']
  static override flags = { format: formatFlag, progress: progressFlag, ...settingsFlags }

  async run(): Promise<number> {
    const { flags } = await this.parse(Doctor)
    const { context } = this
    const progress = this.progress(flags)
    const world = await openWorld(context, flags, progress)
    const rows: Finding[] = []
    for await (const finding of examine(world)) rows.push(finding)
    progress.close()
    await reportList(context.terminal, {
      rows,
      ...flags,
      columns: [
        { header: 'CHECK', value: ({ check }) => check },
        { header: 'STATE', value: ({ state }) => state },
        { header: 'ABOUT', value: ({ about }) => about },
      ],
      reference: ({ check }) => check,
      json: ({ check, state, about }) => ({ Check: check, State: state, About: about }),
    })
    return rows.some(({ state }) => state === 'wrong') ? findings : 0
  }
}
