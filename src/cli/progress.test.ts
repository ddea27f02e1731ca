import { expect, test } from 'vitest'

import { memoryContext, memoryTerminal } from './in-process.ts'
import { type Clock, createProgress, type ProgressMode } from './progress.ts'

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
  for (const part of output.split(/(\u001b\[\d*[AJ]|\r|\n)/)) {
    const up = /^\u001b\[(\d+)A$/.exec(part)
    if (up !== null) row -= Number(up[1])
    else if (part === '\u001b[J') lines.length = row
    else if (part === '\n') row += 1
    else if (part !== '\r' && part !== '') lines[row] = part
  }
  return lines
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

test('auto is plain without a terminal and drawn on one', () => {
  const plain = begin('auto')
  plain.progress.start('A')
  expect(plain.said()).toBe('A ...\n')
  const drawn = begin('auto', { columns: 80, rows: 24 })
  drawn.progress.start('A')
  expect(drawn.said()).toContain('\u001b[')
})

test('auto follows DOCKER_VOL_PROGRESS, which must make sense', () => {
  const { progress, said } = begin('auto', undefined, { DOCKER_VOL_PROGRESS: 'quiet' })
  progress.start('A')
  expect(said()).toBe('')
  expect(() => begin('auto', undefined, { DOCKER_VOL_PROGRESS: 'loud' })).toThrow(
    'invalid DOCKER_VOL_PROGRESS',
  )
})

test('drawn: lines of work side by side, ended ones stay above', () => {
  const { clock, progress, said } = begin('tty', { columns: 80, rows: 24 })
  const first = progress.start('pgdata', { total: 1e9 })
  const second = progress.start('media')
  clock.advance(1000)
  first.update({ done: 1e8 })
  second.update({ done: 5e6 })
  clock.advance(1000)
  first.update({ done: 2e8 })
  clock.advance(100)
  expect(shown(said())).toEqual([
    expect.stringMatching(/^ . pgdata {2}\[={5}> *\] {2}200MB of 1GB {2}100MB\/s {2}8s left$/),
    expect.stringMatching(/^ . media {3}5MB {2}5MB\/s$/),
  ])
  first.finish('snapshot pgdata@1')
  expect(shown(said())).toEqual([' ✔ pgdata  snapshot pgdata@1', expect.stringMatching(/^ . media/)])
  second.fail()
  expect(shown(said())).toEqual([' ✔ pgdata  snapshot pgdata@1', ' ✘ media  failed'])
  expect(clock.ticking()).toBe(0)
})

test('drawn: never wider nor higher than the screen', () => {
  const { clock, progress, said } = begin('tty', { columns: 30, rows: 6 })
  for (let index = 0; index < 20; index++) {
    const title = `a-very-long-volume-name-that-does-not-fit-${index}`
    progress.start(title, { total: 1e9 }).update({ done: index * 1e6, text: 'reading a very long file name' })
  }
  clock.advance(1000)
  const lines = shown(said())
  expect(lines).toHaveLength(4)
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(30)
  expect(lines.at(-1)).toBe('   … and 17 more')
})

test('drawn: a name cannot break the screen', () => {
  const { progress, said } = begin('tty', { columns: 80, rows: 24 })
  progress.start('x\u001b[2Jy').finish()
  expect(said()).not.toContain('\u001b[2J')
})

test('drawn: nothing of what was under way is left after the end, and closing twice does no harm', () => {
  const { progress, said } = begin('tty', { columns: 80, rows: 24 })
  progress.start('A')
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
