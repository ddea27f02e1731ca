import { dataMount } from './coverage.ts'
import type { Mount, Service } from './project.ts'

/** Whether a mount was most likely meant for the data of a database and does not hold it. */
export function isNearMiss(mount: Mount, service: Service): boolean {
  const { database } = service
  const directory = database?.directory
  if (database === undefined || directory === undefined) return false
  if (mount.readOnly || (mount.type !== 'volume' && mount.type !== 'bind')) return false
  if (dataMount(service) !== undefined) return false
  return looksMeantForData(mount.target, database.kind, directory)
}

/** Whether a path in a container is one that people take for the place where a database of this kind keeps its data. */
export function looksMeantForData(target: string, kind: string, directory: string): boolean {
  if (notForData.test(target)) return false
  const parent = directory.split('/').slice(0, 3).join('/')
  const word = kind === 'postgres' ? /postgres|pgdata/ : new RegExp(`${kind}|mariadb`)
  const inWay = target === parent || target.startsWith(`${parent}/`)
  return inWay || word.test(target) || /^\/(data|db|database|var\/data|var\/lib)(\/|$)/.test(target)
}

const notForData =
  /\.[a-z]{2,5}$|initdb|\/(etc|conf|conf\.d|config|logs?|log|tmp|run|backups?|dumps?|archive|certs?|ssl|scripts?|socket|mysql-files|plugins?|import)(\/|$)/
