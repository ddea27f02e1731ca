import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { isVolError } from '../errors.ts'
import { listWithGnuTar, listWithPython, type Listed } from '../../test/archives/programs.ts'
import * as build from '../../test/archives/raw.ts'
import { importForeign, type ImportedEntry } from './import.ts'

const name = fc.constantFrom(
  'a',
  'b',
  './a',
  'a/b',
  'a/b/c',
  'd/',
  './',
  'c ->',
  'x link to y',
  '\xff\n',
  'n'.repeat(120),
  '..',
  '/a',
)
const data = fc.constantFrom('', 'x', 'y'.repeat(512), 'z'.repeat(700))

const entry = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(name, data).map(([path, text]) => build.file(path, text)) },
  { weight: 3, arbitrary: name.map((path) => build.directory(path.endsWith('/') ? path : `${path}/`)) },
  fc.tuple(name, name).map(([path, target]) => build.symlink(path, target)),
  fc.tuple(name, name).map(([path, target]) => build.hardLink(path, target)),
  fc
    .tuple(
      fc.dictionary(paxKey(), fc.oneof(name, fc.constantFrom('0', '5', '512', '1.5', '-3')), { maxKeys: 3 }),
      name,
      data,
    )
    .map(([records, path, text]) => Buffer.concat([build.pax(records), build.file(path, text)])),
  fc
    .tuple(name, name, data)
    .map(([long, path, text]) => Buffer.concat([build.gnuLong('L', long), build.file(path, text)])),
  fc
    .tuple(name, fc.array(fc.constantFrom(0, 1, 2, 100, 512, 1024, 4096), { maxLength: 5 }), data)
    .map(([path, map, text]) => build.sparseFile(path, 8192, map, text)),
  name.map((path) => build.sparseFile(path, 8192, [2, 512, 512, 4096, 1], 's'.repeat(513))),
  fc.constantFrom('3', '4', '6', '7', '\0', 'S').map((typeflag) => build.raw({ name: 'special', typeflag })),
)

function paxKey(): fc.Arbitrary<string> {
  return fc.constantFrom(
    'path',
    'size',
    'mtime',
    'uid',
    'linkpath',
    'comment',
    'SCHILY.xattr.user.a',
    'GNU.sparse.name',
  )
}

type Mutation = {
  readonly at: number
  readonly byte: number
  readonly kind: 'byte' | 'field' | 'drop' | 'repeat' | 'cut'
}
const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(),
  byte: fc.oneof(fc.nat(255), fc.constantFrom(...Buffer.from('\0 /.0157xgLK'))),
  kind: fc.constantFrom('byte', 'field', 'field', 'field', 'drop', 'repeat', 'cut'),
})

/** Where a header's fields begin, so that mutations hit what parsers read. */
const fieldStarts = [0, 1, 100, 108, 124, 134, 135, 136, 156, 157, 257, 262, 263, 329, 345]

function mutate(bytes: Buffer, { at, byte, kind }: Mutation): Buffer {
  const copy = Buffer.from(bytes)
  const block = ((at % (copy.length / 512 || 1)) | 0) * 512
  if (kind === 'cut') {
    return copy.subarray(0, at % (copy.length + 1))
  }
  if (kind === 'drop' || kind === 'repeat') {
    return Buffer.concat([
      copy.subarray(0, block + (kind === 'drop' ? 0 : 512)),
      copy.subarray(block + (kind === 'drop' ? 512 : 0)),
    ])
  }
  const place = kind === 'byte' ? at % 512 : (fieldStarts[at % fieldStarts.length] ?? 0)
  if (block + 512 <= copy.length) {
    copy[block + place] = byte
    correctChecksum(copy, block)
  }
  return copy
}

/** Only where a header is, or data would change that nobody meant to. */
function correctChecksum(bytes: Buffer, block: number): void {
  if (bytes.toString('latin1', block + 257, block + 262) === 'ustar') {
    bytes.fill(' ', block + 148, block + 156)
    const sum = bytes.subarray(block, block + 512).reduce((total, byte) => total + byte, 0)
    bytes.write(`${sum.toString(8).padStart(6, '0')}\0 `, block + 148, 'latin1')
  }
}

type Accepted = { readonly input: Buffer; readonly output: Buffer; readonly entries: readonly Listed[] }

async function tryImport(input: Buffer, step: number): Promise<Accepted | undefined> {
  const entries: ImportedEntry[] = []
  async function* source() {
    for (let at = 0; at < input.length; at += step) {
      yield input.subarray(at, at + step)
    }
  }
  try {
    const chunks: Uint8Array[] = []
    const imported = importForeign(source(), { entry: (seen) => void entries.push(seen), allowDevices: true })
    for await (const chunk of imported.chunks) {
      chunks.push(chunk)
    }
    return { input, output: Buffer.concat(chunks), entries: entries.map(listed) }
  } catch (error) {
    if (isVolError(error, 'ARCHIVE_REFUSED')) {
      return undefined
    }
    throw error
  }
}

const letters = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  hardlink: 'h',
  fifo: 'p',
  character: 'c',
  block: 'b',
}

function listed({ path, type, size, target }: ImportedEntry): Listed {
  const arrow = { directory: '/', symlink: ` -> ${target}`, hardlink: ` link to ${target}` }
  const rest = type === 'directory' || type === 'symlink' || type === 'hardlink' ? arrow[type] : ''
  return { name: `${path}${rest}`, type: letters[type], size }
}

test(
  'whatever import accepts of a mutated archive, GNU tar and Python read as we announced it',
  { timeout: 60_000 },
  async () => {
    const accepted: Accepted[] = []
    const archives = fc.tuple(
      fc.array(entry, { maxLength: 6 }),
      fc.array(mutation, { maxLength: 2 }),
      fc.constantFrom(7, 512, 1 << 20),
    )
    await fc.assert(
      fc.asyncProperty(archives, async ([blocks, mutations, step]) => {
        const result = await tryImport(mutations.reduce(mutate, build.archive(...blocks)), step)
        if (result !== undefined) {
          accepted.push(result)
        }
      }),
      { numRuns: 4000 },
    )
    const outputs = accepted.map(({ output }) => output)
    const gnu = listWithGnuTar(outputs)
    const python = listWithPython(outputs)
    expect(accepted.length).toBeGreaterThan(100)
    for (const [index, { entries }] of accepted.entries()) {
      expect(gnu[index], 'GNU tar').toEqual(entries)
      expect(python[index], 'Python').toEqual(entries)
    }
  },
)
