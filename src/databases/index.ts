import type { Database } from './database.ts'
import { mariadb } from './mariadb.ts'
import { mongodb } from './mongodb.ts'
import { mysql } from './mysql.ts'
import { postgres } from './postgres.ts'
import { redis } from './redis.ts'
import { sqlite } from './sqlite.ts'

/** Every kind of database that is known. MariaDB comes before MySQL, whose variables its images set as well. */
export const databases: readonly Database[] = [postgres, mariadb, mysql, mongodb, redis, sqlite]
