import { scenario } from './scenario.ts'
import { workloadScenarios } from './workload-scenarios.ts'

const bed = await scenario('load-mysql')

workloadScenarios(bed, ['mariadb', 'mysql'])
