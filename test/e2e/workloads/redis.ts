import type { Database } from './database.ts'
import { sentences } from './database.ts'

const pairs = 2000

/**
 * Redis or Valkey with a script that adds one to both keys of a pair and to the count of all, atomically. It saves
 * as often as it can; with the append-only file it rewrites that again and again.
 */
export function redis(name: 'redis' | 'valkey', keeps: 'rdb' | 'aof'): Database {
  const cli = `${name}-cli`
  const aof = [
    '--appendonly',
    'yes',
    '--auto-aof-rewrite-percentage',
    '50',
    '--auto-aof-rewrite-min-size',
    '1mb',
  ]
  return {
    image: name,
    volumeAt: '/data',
    environment: {},
    command: [`${name}-server`, '--save', '1', '1', ...(keeps === 'aof' ? aof : [])],
    ready: ['sh', '-c', `${cli} ping | grep -q PONG`],
    prepare: (inside) => inside(cli, '-e', 'ping'),
    writers: [
      [
        `${name}-benchmark`,
        '-q',
        '-c',
        '4',
        '-n',
        '20000',
        '-r',
        String(pairs),
        'eval',
        add,
        '0',
        '__rand_int__',
      ],
    ],
    count: [cli, 'get', 'count'],
    ...(keeps === 'rdb' ? { onDisk: ['test', '-s', '/data/dump.rdb'] } : {}),
    // What came after the last save, or is still on its way into the append-only file, is lost.
    durable: false,
    turnover: 50_000,
    spoil: [cli, '-e', 'incr', 'left:000000000007'],
    problems: async (inside) => sentences(await inside(cli, '-e', 'eval', invariant, '0')),
  }
}

const add = `
redis.call('incr', 'count')
redis.call('incr', 'left:' .. ARGV[1])
redis.call('incr', 'right:' .. ARGV[1])
redis.call('set', 'padding:' .. ARGV[1], string.rep(ARGV[1], 40))
return 1`

const invariant = `
local wrong, sum = {}, 0
for _, left in ipairs(redis.call('keys', 'left:*')) do
  local right = string.gsub(left, '^left', 'right')
  local a, b = redis.call('get', left), redis.call('get', right)
  if a ~= b then table.insert(wrong, left .. ' is ' .. a .. ' and ' .. right .. ' is ' .. tostring(b)) end
  sum = sum + a
end
local count = redis.call('get', 'count')
if sum ~= tonumber(count or 0) then table.insert(wrong, 'the pairs add up to ' .. sum .. ', not ' .. tostring(count)) end
if #redis.call('keys', 'left:*') ~= #redis.call('keys', 'right:*') then table.insert(wrong, 'a pair is not complete') end
return wrong`
