import type { Check } from '../check.ts'
import { clusterChecks } from './cluster.ts'
import { collationChecks } from './collations.ts'
import { extensionChecks } from './extensions.ts'
import { objectChecks } from './objects.ts'
import { placeChecks } from './places.ts'
import { settingChecks } from './settings.ts'
import { typeChecks } from './types.ts'

/** Everything that is looked for before a migration. `docs/migration-findings.md` is made of this. */
export const checks: readonly Check[] = [
  ...clusterChecks,
  ...placeChecks,
  ...settingChecks,
  ...extensionChecks,
  ...typeChecks,
  ...objectChecks,
  ...collationChecks,
]
