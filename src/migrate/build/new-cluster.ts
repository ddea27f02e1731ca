import type { Cluster } from '../cluster.ts'
import type { Places } from './places.ts'
import type { Side } from './side.ts'
import type { SourceFacts } from './source-facts.ts'

/** Options of initdb that make a cluster like the old one, as far as both versions know them. */
export function initdbOptions(
  { locale, groupAccess }: Pick<SourceFacts, 'locale' | 'groupAccess'>,
  { checksums, walSegmentBytes }: Pick<Cluster, 'checksums' | 'walSegmentBytes'>,
  newMajor: number,
): readonly string[] {
  const { encoding, collate, characterType, provider } = locale
  return [
    `--encoding=${encoding}`,
    `--lc-collate=${collate}`,
    `--lc-ctype=${characterType}`,
    ...(newMajor >= 15 ? [`--locale-provider=${provider}`] : []),
    ...(provider === 'icu' && locale.locale !== undefined ? [`--icu-locale=${locale.locale}`] : []),
    ...(provider === 'icu' && locale.icuRules !== undefined ? [`--icu-rules=${locale.icuRules}`] : []),
    ...(provider === 'builtin' && locale.locale !== undefined ? [`--builtin-locale=${locale.locale}`] : []),
    // It has an option for this from 11 on; before, all had 16 MB.
    ...(newMajor >= 11 ? [`--wal-segsize=${walSegmentBytes / 1024 ** 2}`] : []),
    // From 18 on they are the default.
    ...(checksums ? ['--data-checksums'] : newMajor >= 18 ? ['--no-data-checksums'] : []),
    ...(groupAccess && newMajor >= 11 ? ['--allow-group-access'] : []),
  ]
}

const initdbScript = `
data=$1 work=$2 user=$3; shift 3
initdb --pgdata="$data" --username="$user" --auth=trust --no-sync "$@" >"$work/initdb" 2>&1 || { cat "$work/initdb" >&2; exit 1; }
echo 'local all all trust
local replication all trust' >"$work/hba.conf"
: >"$work/ident.conf"
`

/** Makes an empty cluster with these options of initdb. */
export async function makeCluster(
  client: Side,
  places: Places,
  installUser: string,
  options: readonly string[],
): Promise<void> {
  const args = [places.new, places.newWork, installUser, ...options]
  await client.must('make an empty cluster of the new version', initdbScript, args)
}
