import { scenario } from './scenario.ts'
import { workloadScenarios } from './workload-scenarios.ts'

const bed = await scenario('load-redis')

workloadScenarios(bed, ['redis with RDB', 'redis with AOF', 'valkey with RDB', 'valkey with AOF'])
