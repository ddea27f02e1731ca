/** How long and how large things may be before an audit speaks of them. Undefined leaves it to the rule. */
export type Limits = {
  /** Seconds since the newest snapshot. */
  readonly snapshotAge: number | undefined
  /** Seconds since a snapshot was last found whole. */
  readonly verifiedAge: number | undefined
  /** Bytes in a container's own layer. */
  readonly layerSize: number | undefined
}

/** Nobody has set any. */
export const noLimits: Limits = { snapshotAge: undefined, verifiedAge: undefined, layerSize: undefined }

const sizes: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 }

/** Bytes of a size as docker writes them (`10MB`, `1.5gb`); undefined for what is none. */
export function bytesOf(text: string | undefined): number | undefined {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)b?$/i.exec(text?.trim() ?? '') ?? []
  return number === undefined ? undefined : Math.round(Number(number) * (sizes[unit.toLowerCase()] ?? 1))
}
