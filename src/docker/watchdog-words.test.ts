import { expect, test } from 'vitest'
import { formatWord, readOrders, readWord, type WatchdogOrders } from './watchdog-words.ts'

test('what is said is what is heard', () => {
  for (const word of [{ said: 'acting', seconds: 65 }, { said: 'acted' }, { said: 'released' }] as const)
    expect(readWord(formatWord(word))).toEqual(word)
})

test.each(['', 'releas', 'acting', 'acting 1x'])('%j, which was cut off, is not heard', (line) => {
  expect(readWord(line)).toBeUndefined()
})

test('orders are read as they were given', () => {
  const orders: WatchdogOrders = {
    operation: 'abc',
    journal: '/j\n',
    store: '/s',
    helperImage: undefined,
    maxSeconds: 20,
    command: 'docker',
    globals: ['--context', 'a b'],
  }
  expect(readOrders(JSON.stringify(orders))).toEqual(orders)
  expect(() => readOrders('{"operation":"abc"}')).toThrow('orders.')
})
