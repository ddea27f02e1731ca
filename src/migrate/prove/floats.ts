/**
 * How numbers in floating point are compared. `text`: by all digits that servers print, which is exact where both print
 * alike. `bits`: columns of such numbers, and of arrays of them, by their bits; where they are within something else
 * (composite types, ranges, points, expressions) by fifteen digits, which all versions print alike.
 */
export type Floats = 'text' | 'bits'

/** Postgres 12 prints the shortest digits that say the number, those before print 17 (release notes of 12). */
export function floatsBetween({ from, to }: { readonly from: number; readonly to: number }): Floats {
  return from < 12 && to >= 12 ? 'bits' : 'text'
}

/**
 * SQL for the format with which a column is read, of which `%1$I` is the name, from the OID of its type, or of what its
 * domain is based on. "char" is read as its code: from 15 on, some are printed otherwise. Numbers that are none have
 * bits that no dump keeps.
 */
export function columnFormat(type: string, floats: Floats): string {
  return `case ${type} when '"char"'::regtype then '%1$I::int4'${floats === 'bits' ? bitsOfColumns('float4') + bitsOfColumns('float8') : ''}
             else '%1$I' end`
}

function bitsOfColumns(name: string): string {
  return `
             when '${name}'::regtype then '${bitsOf(name, '%1$I')}'
             when '${name}[]'::regtype then 'case when %1$I is not null then concat(array_dims(%1$I),
               (select array_agg(${bitsOf(name, 'u.x')} order by u.i) from unnest(%1$I) with ordinality u(x, i))) end'`
}

/** A text within a text of SQL, so that its quotes are doubled. */
function bitsOf(type: string, value: string): string {
  return `case when ${value} = ''NaN''::${type} then ''NaN'' else encode(${type}send(${value}), ''hex'') end`
}
