/** Files that are meant to hurt whoever reads them, and files that are merely wrong. */

const services = 'services:\n  a:\n    image: example/a\n'

/** Each list names the one before it ten times. */
function aliasBomb(): string {
  const lines = ['x-a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]']
  for (let i = 1; i < 12; i++)
    lines.push(`x-a${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(', ')}]`)
  return `${lines.join('\n')}\n${services}`
}

function mergeBomb(): string {
  const lines = ['x-a0: &a0 {k: v}']
  for (let i = 1; i < 25; i++)
    lines.push(`x-a${i}: &a${i} {<<: [*a${i - 1}, *a${i - 1}], l: *a${i - 1}, r: *a${i - 1}}`)
  return `${lines.join('\n')}\nservices:\n  a:\n    <<: *a24\n`
}

/** As many services as anybody has, and then some. */
export function manyServices(count: number): string {
  const lines = Array.from(
    { length: count },
    (_, i) =>
      `  svc${i}:\n    image: postgres:17\n    restart: always\n    environment:\n      A: '1'\n      B: two\n    volumes:\n      - data${i}:/var/lib/postgresql/data\n      - /srv/conf${i}.conf:/etc/app/app.conf\n`,
  )
  const volumes = Array.from({ length: count }, (_, i) => `  data${i}:\n`)
  return `name: big\nservices:\n${lines.join('')}volumes:\n${volumes.join('')}`
}

/** What each must come to: an exit code, and a part of what is said. */
export const hostileFiles: Readonly<Record<string, readonly [string | Uint8Array, number, RegExp]>> = {
  'an alias bomb': [aliasBomb(), 1, /aliases stand for more than/],
  'a bomb of merge keys': [mergeBomb(), 1, /aliases stand for more than/],
  'a key that is there twice': [`${services}    image: b\n`, 1, /:4:5 .*the key "image" is there twice/],
  '100,000 lists in each other': [`a: ${'['.repeat(1e5)}${']'.repeat(1e5)}\n`, 1, /nested more than/],
  '100,000 mappings in each other': [`a: ${'{a: '.repeat(1e5)}${'}'.repeat(1e5)}\n`, 1, /nested more than/],
  '100,000 dashes': [`a:\n  ${'- '.repeat(1e5)}x\n`, 1, /nested more than/],
  '100,000 question marks': [`${'? '.repeat(1e5)}x\n`, 1, /nested more than/],
  '3,000 indentations': [
    Array.from({ length: 3000 }, (_, i) => `${' '.repeat(i)}k:\n`).join(''),
    1,
    /nested more than/,
  ],
  '50,000 defaults in each other': [
    `services:\n  a:\n    image: ${'${A:-'.repeat(5e4)}${'}'.repeat(5e4)}\n`,
    1,
    /nested more than/,
  ],
  '10,000 services': [manyServices(10_000), 0, /20000 notes/],
  '10,000 anchors': [
    `services:\n${Array.from({ length: 1e4 }, (_, i) => `  s${i}: &s${i} {image: x}\n  t${i}: *s${i}\n`).join('')}`,
    0,
    /Nothing found/,
  ],
  '200,000 variables': [`services:\n  a:\n    image: ${'${A}'.repeat(2e5)}\n`, 0, /A/],
  'Latin-1': [Buffer.from('services:\n  caf\xe9: {image: x}\n', 'latin1'), 1, /not UTF-8/],
  'UTF-16': [Buffer.from(`\ufeff${services}`, 'utf16le'), 1, /not UTF-8/],
  nothing: ['', 1, /is empty/],
  'a list': ['- a\n', 1, /no mapping/],
  'an alias of what it is in': ['services: &s\n  a: *s\n', 1, /no anchor "s"/],
  'services that extend each other': [
    'services:\n  a:\n    extends: b\n    image: x\n  b:\n    extends: a\n',
    0,
    /Nothing found/,
  ],
  'values of every wrong type': [
    'services:\n  a: 3\n  b: [x]\n  c:\n    image: [1]\n    volumes: x\n    environment: 3\n    deploy: x\n    tmpfs: {a: b}\n    volumes_from: x\n    command: {a: b}\n  d:\n    volumes: [[a], {target: [x]}, 3, null, "", ":", "::", {type: volume}]\n    environment: [[x], null, 3]\nvolumes: [a]\n',
    0,
    /Nothing found/,
  ],
  'sections of every wrong type': [
    'name: x\nservices: x\nvolumes:\n  a: 3\n  b: [x]\n  c: {driver_opts: x, external: {name: y}}\n',
    0,
    /3 notes/,
  ],
}
