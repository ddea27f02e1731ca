import { expect, test, vi } from 'vitest'

import { memoryContext, memoryTerminal } from './in-process.ts'
import { type Clock, createProgress, type ProgressMode } from './progress.ts'

type Begun = ReturnType<typeof begin>
type FakeClock = Clock & { advance(milliseconds: number): void; readonly ticking: () => number }

function fakeClock(): FakeClock {
  let now = 0
  const ticks = new Set<() => void>()
  return {
    now: () => now,
    every: (_, tick) => {
      ticks.add(tick)
      return () => ticks.delete(tick)
    },
    advance: (milliseconds) => {
      now += milliseconds
      for (const tick of ticks) tick()
    },
    ticking: () => ticks.size,
  }
}

function begin(mode: ProgressMode, screen?: { columns: number; rows: number }, environment = {}) {
  const clock = fakeClock()
  const terminal = memoryTerminal(screen === undefined ? {} : { screen })
  const progress = createProgress(mode, memoryContext({ terminal, environment }), clock)
  const said = () => terminal.printed().stderr
  return { clock, progress, said, terminal }
}

/** What a screen shows after the given output: enough of a terminal for what the renderer uses. */
function shown(output: string): string[] {
  // oxlint-disable no-control-regex
  const lines: string[] = []
  let row = 0
  for (const [part] of output.matchAll(/\u001b\[([?\d]*)([a-zA-Z])|\n|\r|[^\u001b\n\r]+/g)) {
    const [, count = '', command] = /^\u001b\[(\d*)(\w)$/.exec(part) ?? []
    if (command === 'A') row = Math.max(0, row - Number(count || 1))
    else if (command === 'B') row += Number(count || 1)
    else if (command === 'J') lines.length = Math.min(lines.length, row)
    else if (command === 'K' && count === '2') lines[row] = ''
    else if (part === '\n') row += 1
    else if (!part.startsWith('\u001b') && part !== '\r') lines[row] = part
  }
  while (lines.at(-1) === '') lines.pop()
  return lines
}

/** Waits until the list is drawn for the first time: listr2 is loaded when the clock ticks. */
async function drawn({ clock, said }: Begun): Promise<void> {
  const before = said()
  clock.advance(100)
  await vi.waitFor(() => expect(said()).not.toBe(before), { timeout: 30_000 })
}

test('plain: a line at the start, one every few seconds, one at the end', () => {
  const { clock, progress, said } = begin('plain')
  const task = progress.start('Copying pgdata', { total: 2e9 })
  for (let second = 1; second <= 12; second++) {
    clock.advance(1000)
    task.update({ done: second * 1e8 })
  }
  task.finish()
  expect(said()).toBe(
    [
      'Copying pgdata ...',
      'Copying pgdata: 500MB of 2GB, 100MB/s, 15s left',
      'Copying pgdata: 1GB of 2GB, 100MB/s, 10s left',
      'Copying pgdata: done, 1.2GB in 12.0s',
      '',
    ].join('\n'),
  )
})

test('plain: a step that is told once is said when it lasts, and figures of the one before it are not', () => {
  const { clock, progress, said } = begin('plain')
  const task = progress.start('Migrate pgdata')
  clock.advance(5000)
  task.update({ text: 'copying', done: 1e8, total: 2e8 })
  clock.advance(1000)
  task.update({ text: 'checking', done: 0, total: undefined })
  for (let second = 1; second <= 20; second++) clock.advance(1000)
  task.finish()
  expect(said()).toBe(
    [
      'Migrate pgdata ...',
      'Migrate pgdata: copying, 100MB of 200MB, 20MB/s, 5s left',
      'Migrate pgdata: checking',
      'Migrate pgdata: done, 26.0s',
      '',
    ].join('\n'),
  )
  expect(clock.ticking()).toBe(0)
})

test('plain: what failed says so, and how it ended can be told in words', () => {
  const { progress, said } = begin('plain')
  progress.start('A').fail()
  progress.start('B').finish('nothing to do')
  expect(said()).toBe('A ...\nA: failed\nB ...\nB: done, nothing to do\n')
})

test('json: one object a line, with the names that compose uses', () => {
  const { clock, progress, said } = begin('json')
  const task = progress.start('pgdata', { total: 100 })
  clock.advance(600)
  task.update({ done: 50, text: 'copying' })
  task.finish()
  const lines = said().trimEnd().split('\n')
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
    { id: 'pgdata', status: 'Working', current: 0, total: 100, percent: 0 },
    { id: 'pgdata', status: 'Working', text: 'copying', current: 50, total: 100, percent: 50 },
    { id: 'pgdata', status: 'Done', current: 50, total: 100, percent: 50 },
  ])
})

test('quiet says nothing', () => {
  const { progress, said } = begin('quiet')
  progress.start('A').finish()
  progress.message('B')
  expect(said()).toBe('')
})

test('auto is plain without a terminal and drawn on one', async () => {
  const plain = begin('auto')
  plain.progress.start('A')
  expect(plain.said()).toBe('A ...\n')
  const onScreen = begin('auto', { columns: 80, rows: 24 })
  onScreen.progress.start('A')
  await drawn(onScreen)
  expect(onScreen.said()).toContain('\u001b[')
})

test('auto follows DOCKER_VOL_PROGRESS, which must make sense', () => {
  const { progress, said } = begin('auto', undefined, { DOCKER_VOL_PROGRESS: 'quiet' })
  progress.start('A')
  expect(said()).toBe('')
  expect(() => begin('auto', undefined, { DOCKER_VOL_PROGRESS: 'loud' })).toThrow(
    'invalid DOCKER_VOL_PROGRESS',
  )
})

test('drawn: lines of work side by side, ended ones stay above', async () => {
  const begun = begin('tty', { columns: 80, rows: 24 })
  const { clock, progress, said } = begun
  const first = progress.start('pgdata', { total: 1e9 })
  const second = progress.start('media')
  await drawn(begun)
  clock.advance(900)
  first.update({ done: 1e8 })
  second.update({ done: 5e6 })
  clock.advance(1000)
  first.update({ done: 2e8 })
  clock.advance(100)
  expect(shown(said())).toEqual([
    expect.stringMatching(/^. pgdata {2}\[={4,6}> *\] {3}20% {2}200MB of 1GB {2}100MB\/s {2}8s left$/),
    expect.stringMatching(/^. media {3}5MB {2}5MB\/s$/),
  ])
  second.fail()
  expect(shown(said())).toEqual(['✘ media  failed', expect.stringMatching(/^. pgdata/)])
  first.finish('snapshot pgdata@1')
  expect(shown(said())).toEqual(['✘ media  failed', '✔ pgdata  snapshot pgdata@1'])
  expect(clock.ticking()).toBe(0)
})

test('drawn: what has ended is on the screen at once, so that a result can follow', async () => {
  const begun = begin('tty', { columns: 80, rows: 24 })
  const { clock, progress, said, terminal } = begun
  for (const title of ['A', 'B']) {
    const task = progress.start(title)
    await drawn(begun)
    task.finish('done')
    terminal.err(`result of ${title}\n`)
  }
  await new Promise((resolve) => setTimeout(resolve, 50))
  clock.advance(1000)
  expect(shown(said())).toEqual(['✔ A  done', 'result of A', '✔ B  done', 'result of B'])
})

test('drawn: what is over before it was drawn leaves the same line', async () => {
  const { clock, progress, said } = begin('tty', { columns: 80, rows: 24 })
  progress.start('A').finish('done')
  const late = progress.start('B')
  progress.message('remark')
  clock.advance(100)
  late.fail()
  expect(said()).toBe('✔ A  done\nremark\n✘ B  failed\n')
  await import('./progress-list.ts')
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(shown(said())).toEqual(['✔ A  done', 'remark', '✘ B  failed'])
})

test('drawn: the cursor is shown again with each write', async () => {
  const begun = begin('tty', { columns: 80, rows: 24 })
  begun.progress.start('A')
  await drawn(begun)
  begun.clock.advance(100)
  expect(begun.said()).toMatch(/\u001b\[\?25h$/)
  expect(begun.said()).not.toContain('\u001b[?25l')
})

test('drawn: takes no signals and keeps nothing of stdout back', async () => {
  const count = process.listenerCount('SIGINT')
  const write = vi.spyOn(process.stdout, 'write')
  const begun = begin('tty', { columns: 80, rows: 24 })
  begun.progress.start('A')
  await drawn(begun)
  await begun.terminal.out('result')
  expect(begun.terminal.printed().stdout).toBe('result')
  process.stdout.write('')
  expect(write).toHaveBeenCalledOnce()
  write.mockRestore()
  expect(process.listenerCount('SIGINT')).toBe(count)
  begun.progress.close()
})

test.each([1, 5, 12, 30])('drawn: never wider nor higher than a screen of %i columns', async (columns) => {
  const begun = begin('tty', { columns, rows: 6 })
  const { clock, progress, said } = begun
  for (let index = 0; index < 20; index++) {
    const title = `a-very-long-volume-name-that-does-not-fit-${index}`
    progress.start(title, { total: 1e9 }).update({ done: index * 1e6, text: 'reading a very long file name' })
  }
  await drawn(begun)
  clock.advance(1000)
  const lines = shown(said())
  expect(lines).toHaveLength(columns === 1 ? 0 : 5)
  expect(Math.max(0, ...lines.map((line) => line.length))).toBeLessThan(columns)
})

test('drawn: a name cannot break the screen', async () => {
  const begun = begin('tty', { columns: 80, rows: 24 })
  begun.progress.start('p%s\u001b[2Jq').finish()
  begun.progress.start('x%s\u001b[2Jy')
  await drawn(begun)
  begun.clock.advance(1000)
  expect(begun.said()).not.toContain('\u001b[2J')
  expect(shown(begun.said()).at(-1)).toMatch(/^. x%s\\x1b\[2Jy$/)
})

test('drawn: nothing of what was under way is left after the end, and closing twice does no harm', async () => {
  const begun = begin('tty', { columns: 80, rows: 24 })
  const { progress, said } = begun
  progress.start('A')
  await drawn(begun)
  progress.message('remark')
  progress.close()
  progress.close()
  expect(shown(said())).toEqual(['remark'])
})

test('work that has ended is not told of again', () => {
  const { progress, said } = begin('plain')
  const task = progress.start('A')
  task.finish('x')
  task.fail()
  task.finish()
  expect(said()).toBe('A ...\nA: done, x\n')
})
