const names = ['B', 'kB', 'MB', 'GB', 'TB', 'PB', 'EB']

/** Bytes in decimal units with three digits, as docker has them: `1.24GB`, `12.3kB`, `0B`. */
export function humanSize(bytes: number): string {
  let value = bytes
  let unit = 0
  // What would be rounded to 1000 belongs to the next unit.
  while (Number(value.toPrecision(3)) >= 1000 && unit < names.length - 1) {
    value /= 1000
    unit += 1
  }
  return `${unit === 0 ? Math.round(value) : Number(value.toPrecision(3))}${names[unit]}`
}

/** `1 file`, `2 files`. */
export function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`
}
