import type { DatabaseChecks } from './check.ts'
import { mariadbCheck, mysqlCheck } from './mariadb.ts'
import { postgresCheck } from './postgres.ts'
import { redisCheck, valkeyCheck } from './redis.ts'
import { sqliteCheck } from './sqlite.ts'

/** How each kind of database is checked. */
export const databaseChecks: DatabaseChecks = {
  postgres: postgresCheck,
  mysql: mysqlCheck,
  mariadb: mariadbCheck,
  redis: redisCheck,
  valkey: valkeyCheck,
  sqlite: sqliteCheck,
}
