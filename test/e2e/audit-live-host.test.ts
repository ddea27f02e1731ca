/** What the machine does to databases: memory that runs out, and directories that are really elsewhere. */
import { mkdir, symlink } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { mountShare, type NetworkShare } from '../bed/sshfs.ts'
import { auditOf, foundBy, saidBy, type AuditReport } from './audit-findings.ts'
import type { Compose } from './compose.ts'
import { scenario } from './scenario.ts'

const bed = await scenario('audit-host')

const redis = (source: string, more: object = {}) => ({
  image: bed.images.redis,
  pull_policy: 'never',
  volumes: [`${source}:/data`],
  ...more,
})

let share: NetworkShare
let project: Compose
let found: AuditReport

beforeAll(async () => {
  share = await mountShare(inject('bed').cache, path.join(bed.folder, 'nas'))
  for (const name of ['db', 'volume']) await mkdir(path.join(share.place, name))
  const local = path.join(bed.folder, 'local')
  await mkdir(local)
  const link = path.join(bed.folder, 'link')
  await symlink(path.join(share.place, 'db'), link)
  // As small as the server can live in.
  const small = { mem_limit: '32m', memswap_limit: '32m' }
  project = await bed.compose({
    services: {
      share: redis(path.join(share.place, 'db')),
      link: redis(link),
      volume: redis('shared'),
      local: redis(local),
      hungry: redis('hungry', small),
      modest: redis('modest', small),
    },
    volumes: {
      shared: { driver_opts: { type: 'none', o: 'bind', device: path.join(share.place, 'volume') } },
      hungry: null,
      modest: null,
    },
  })
  await project.up()
  // More than the kernel lets it have; the server dies before it can answer.
  const fill = "for i = 1, 100 do redis.call('set', 'k' .. i, string.rep('x', 1048576)) end"
  const name = `${project.project}-hungry-1`
  await vi.waitFor(async () => bed.docker('exec', name, 'redis-cli', 'ping'), { timeout: 20_000 })
  expect(await bed.tryDocker('exec', name, 'redis-cli', 'eval', fill, '0')).toMatchObject({ stdout: '' })
  await bed.docker('wait', name)
  found = await auditOf(bed, project)
})
afterAll(async () => {
  await project?.run('down', '--volumes', '--timeout=1')
  await share?.unmount()
})

describe('the data of a database on a network file system must be found', () => {
  test('in a bind mount, behind a symbolic link, and in a volume that is a directory of the host', () => {
    expect(foundBy(found, 'database-on-network-mount')).toEqual([
      'warning link',
      'warning share',
      'warning volume',
    ])
    expect(saidBy(found, 'database-on-network-mount', 'share')).toContain(
      `keeps its data in ${path.join(share.place, 'db')}, which is on sshfs:`,
    )
  })

  test('and nothing may be said where that is not asked for', async () => {
    expect(foundBy(await auditOf(bed, project, '--no-live'), 'database-on-network-mount')).toEqual([])
  })
})

test('a database that ran out of memory must be found, and no other', () => {
  expect(foundBy(found, 'database-killed')).toEqual(['warning hungry'])
  expect(saidBy(found, 'database-killed', 'hungry')).toContain('ran out of memory')
})
