const units: Readonly<Record<string, number>> = {
  us: 1e-6,
  ms: 1e-3,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
}

/** Seconds of a duration as Compose writes them (`1m30s`); undefined for what is none. */
export function secondsOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^(\d+(\.\d+)?(us|ms|s|m|h|d))+$/.test(text)) return undefined
  let seconds = 0
  for (const [, number = '', unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(us|ms|s|m|h|d)/g))
    seconds += Number(number) * (units[unit] ?? 0)
  return seconds
}
