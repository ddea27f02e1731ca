import { VolError } from '../../errors.ts'
import { grants } from './grants.ts'
import type { Fact } from './manifest.ts'

/**
 * What is not there reads as zeros, and a restored object has those zeros: pages are made whole, and left out when they
 * hold nothing else. A page is a quarter of a block (LOBLKSIZE in src/include/storage/large_object.h).
 */
export const largeObjectsSql = `select current_setting('block_size')::int / 4 as page \\gset
copy (
  select m.oid, pg_get_userbyid(m.lomowner), ${grants('m.lomacl', "'L'", 'm.lomowner')}, obj_description(m.oid, 'pg_largeobject'),
         (select p.pageno::bigint * :page + length(p.data) from pg_largeobject p where p.loid = m.oid order by p.pageno desc limit 1)
    from pg_largeobject_metadata m order by m.oid
) to stdout \\g |sha256sum
\\echo =
copy (
  select loid, pageno, data || decode(repeat('00', :page - length(data)), 'hex') from pg_largeobject
    where data <> decode(repeat('00', length(data)), 'hex') order by loid, pageno
) to stdout \\g |sha256sum`

/** How many large objects a database has, a digest of whose they are, and one of what is in them. */
export function largeObjects(database: string, lines: readonly string[]): Fact {
  const between = lines.indexOf('=')
  const objects = digestIn(lines.slice(0, between))
  const contents = digestIn(lines.slice(between))
  const count = lines.slice(0, between).map((line) => /^COPY (\d+)$/.exec(line)?.[1])
  if (between === -1 || objects === undefined || contents === undefined)
    throw new VolError('FAILED', `No digest came of the large objects of database "${database}".`, {
      output: lines.join('\n'),
    })
  const fields = { count: Number(count.find((each) => each !== undefined)), objects, contents }
  return { kind: 'large objects', database, name: 'all', fields }
}

function digestIn(lines: readonly string[]): string | undefined {
  return lines.map((line) => /^([0-9a-f]{64})\s/.exec(line)?.[1]).find((each) => each !== undefined)
}
