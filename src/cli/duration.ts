import { VolError } from '../errors.ts'

const second = 1000
const day = 24 * 60 * 60 * second
const units: Readonly<Record<string, number>> = {
  s: second,
  m: 60 * second,
  h: 60 * 60 * second,
  d: day,
  w: 7 * day,
  y: 365 * day,
}

/** Reads `30d`, `12h`, `1y6w`, `90m` or `0`, in milliseconds; `m` is minutes, as for docker. Fails with USAGE. */
export function parseDuration(flag: string, text: string): number {
  const parts = [...text.matchAll(/(\d+)([smhdwy])/g)]
  const whole = parts.map(([part]) => part).join('')
  const milliseconds = parts.reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (units[unit] ?? 0),
    0,
  )
  if (text !== '0' && (whole === '' || whole !== text || !Number.isSafeInteger(milliseconds)))
    throw new VolError(
      'USAGE',
      `invalid argument ${JSON.stringify(text)} for "--${flag}" flag: must be a time such as 30d, 12h or 1y6w`,
    )
  return milliseconds
}
