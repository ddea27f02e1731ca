import type { DatabaseFacts } from '../facts.ts'
import type { Cluster } from './cluster.ts'

/** A cluster, and what of it a plan must know beside that. */
export type FoundCluster = Cluster & {
  /** Its WAL lies where this link points, and not in its directory. */
  readonly walDirectory: string | undefined
  /** Where its tablespaces are, as its own containers see it. */
  readonly tablespaces: readonly string[]
  readonly isStandby: boolean
}

/** What a script says of a data directory beside what is known by its files. */
export type DirectoryFacts = {
  /** `uid:gid`. */
  readonly owner: string
  /** The contents of `postmaster.opts`; empty when there is none. */
  readonly options: string
}

/** Puts a cluster together; undefined when its control file does not say what must be known. */
export function clusterFrom(
  { version, path, details }: DatabaseFacts,
  { owner, options }: DirectoryFacts,
): FoundCluster | undefined {
  const { systemIdentifier, checksums, walSegmentBytes, state, libc, provenance } = details
  const major = Number.parseInt(version ?? '', 10)
  if (systemIdentifier === undefined || Number.isNaN(major)) return undefined
  return {
    major,
    path,
    systemIdentifier,
    owner,
    checksums: checksums === 'on',
    walSegmentBytes: Number(walSegmentBytes ?? 0),
    shutDown: state === 'shut down',
    libc: libc === undefined ? 'unknown' : libc === 'musl' ? 'musl' : 'glibc',
    provenance: provenances[provenance ?? ''] ?? 'unknown',
    serverArguments: argumentsIn(options),
    walDirectory: details['walDirectory'],
    tablespaces: details['tablespaces']?.split(', ') ?? [],
    isStandby: details['standbySignal'] !== undefined || state === 'shut down in recovery',
  }
}

const provenances: Readonly<Record<string, Cluster['provenance']>> = {
  Debian: 'debian',
  Alpine: 'alpine',
  Bitnami: 'bitnami',
}

/**
 * The arguments in `postmaster.opts`: its program, then each argument in quotes of its own (postmaster.c,
 * CreateOptsFile), without those that say where the data is.
 */
export function argumentsIn(options: string): readonly string[] {
  const [line = ''] = options.split('\n')
  const all = [...line.matchAll(/ "((?:[^"]|"(?! "|$))*)"/g)].map(([, argument = '']) => argument)
  return all.filter((argument, index) => !isPlace(argument) && !/^(-D|--pgdata)$/.test(all[index - 1] ?? ''))
}

function isPlace(argument: string): boolean {
  return /^-D|^--pgdata(=|$)|^--data[_-]directory=/.test(argument)
}
