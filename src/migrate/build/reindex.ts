/*
 * An index is in the order of a collation that changed when one of its columns has that, or when that may be in its
 * expressions or its condition, or within its values: documents, records and ranges of text are ordered by collations that
 * no column of the index names (jsonb_util.c, rowtypes.c, rangetypes.c). The default collation is that of the database; the built-in one and the bytewise ones
 * do not change. A collation of ICU may have been made with another version than the rest.
 */
const changedIndexes = `
WITH changed AS (
  SELECT c.oid FROM pg_collation c
  WHERE CASE c.collprovider
    WHEN 'c' THEN :'library'::boolean AND c.collcollate NOT IN ('C', 'POSIX')
    WHEN 'i' THEN :'icu'::boolean OR c.collversion IS DISTINCT FROM pg_collation_actual_version(c.oid)
    WHEN 'd' THEN (
      SELECT CASE coalesce(to_jsonb(d) ->> 'datlocprovider', 'c')
        WHEN 'c' THEN :'library'::boolean AND d.datcollate NOT IN ('C', 'POSIX')
        WHEN 'i' THEN :'icu'::boolean ELSE false END
      FROM pg_database d WHERE d.datname = current_database())
    ELSE false END
)
SELECT format('REINDEX INDEX %I.%I', n.nspname, r.relname) AS statement
FROM pg_index i JOIN pg_class r ON r.oid = i.indexrelid JOIN pg_namespace n ON n.oid = r.relnamespace
WHERE r.relkind = 'i' AND r.oid >= 16384 AND r.relpersistence <> 't' AND n.nspname <> 'pg_toast'
  AND EXISTS (SELECT FROM changed)
  AND (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL
    OR EXISTS (SELECT FROM unnest(i.indcollation) used JOIN changed ON changed.oid = used)
    OR EXISTS (SELECT FROM pg_opclass o JOIN pg_am m ON m.oid = o.opcmethod WHERE o.oid = ANY (i.indclass) AND (
      (m.amname = 'btree' AND o.opcintype IN ('jsonb'::regtype, 'record'::regtype))
      OR (o.opcintype IN ('anyrange'::regtype, to_regtype('anymultirange'))
        AND EXISTS (SELECT FROM pg_range WHERE rngcollation <> 0)))))
ORDER BY r.relpages DESC
`

/** How many indexes of the current database are in another order of text. Reads the variables \`library\` and \`icu\`. */
export const countChangedIndexes = `(SELECT count(*) FROM (${changedIndexes}) AS indexes)`

/** Makes these indexes of the current database anew. */
export const reindexChanged = `${changedIndexes}\\gexec\n`

/** Notes that the order of text is that of the new image: its indexes are. Databases know of it since 15. */
export function refreshVersions(major: number): string {
  const collations = `
SELECT format('ALTER COLLATION %I.%I REFRESH VERSION', n.nspname, c.collname)
FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace
WHERE c.collversion IS DISTINCT FROM pg_collation_actual_version(c.oid) AND c.collprovider <> 'd'
\\gexec
`
  const database = `
SELECT format('ALTER DATABASE %I REFRESH COLLATION VERSION', current_database())
\\gexec
`
  return major >= 15 ? collations + database : collations
}
