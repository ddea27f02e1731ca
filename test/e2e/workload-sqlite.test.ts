import { scenario } from './scenario.ts'
import { workloadScenarios } from './workload-scenarios.ts'

const bed = await scenario('load-sqlite')

workloadScenarios(bed, ['sqlite with WAL', 'sqlite with a rollback journal'])
