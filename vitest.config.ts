import process from 'node:process'
import { defineConfig } from 'vitest/config'

/** `npm run torture` runs the same scenarios at larger counts, which take longer in proportion. */
const rounds = Number(process.env['VOL_TEST_ROUNDS'] ?? 1)

const minutes = 60_000

/** What runs where: `unit` needs nothing, `contract` and `e2e` a real engine, which test/bed brings up. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            'src/**/*.test.ts',
            'scripts/**/*.test.ts',
            'bench/**/*.test.ts',
            'test/*.test.ts',
            'test/{archives,audit,fakes,flows,plugin}/**/*.test.ts',
          ],
          testTimeout: minutes,
          hookTimeout: minutes,
          // By itself vitest leaves a core free, which is half of a machine that has two.
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'contract',
          include: ['test/contract/**/*.test.ts'],
          globalSetup: 'test/contract/setup.ts',
          testTimeout: 2 * minutes,
          hookTimeout: 5 * minutes,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          globalSetup: 'test/e2e/setup.ts',
          testTimeout: 5 * minutes * rounds,
          hookTimeout: 5 * minutes,
          // Scenarios start containers and watch the clock: more at once starve each other.
          maxWorkers: 2,
          // And a machine that stands still for a moment breaks one that does: what fails twice is wrong.
          retry: rounds === 1 ? 1 : 0,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
