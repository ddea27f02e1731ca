/** `npm run link`: makes `docker vol` of this checkout known to docker; `npm run link -- --unlink` takes it back. */
import { execFileSync } from 'node:child_process'
import {
  existsSync,
  globSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import process from 'node:process'

const root = path.dirname(import.meta.dirname)
const launcher = path.join(root, 'bin', 'docker-vol')
const configuration = process.env['DOCKER_CONFIG'] || path.join(homedir(), '.docker')
const link = path.join(configuration, 'cli-plugins', 'docker-vol')

process.exitCode = process.argv.includes('--unlink') ? unlink() : linkUp()

function linkUp(): number {
  const there = whatIsThere()
  if (there === 'foreign') {
    console.error(`${link} is there and was not made by this script: remove it yourself if it is not needed.`)
    return 1
  }
  buildIfNeeded()
  if (there === 'ours') rmSync(link)
  mkdirSync(path.dirname(link), { recursive: true })
  symlinkSync(launcher, link)
  console.log(`Linked ${link} -> ${launcher}`)
  console.log("Try 'docker vol --help'.")
  return 0
}

function unlink(): number {
  const there = whatIsThere()
  if (there === 'ours') rmSync(link)
  if (there === 'foreign') console.error(`${link} was not made by this script: it is left as it is.`)
  else console.log(there === 'ours' ? `Removed ${link}` : `${link} is not there.`)
  return there === 'foreign' ? 1 : 0
}

/** Ours is a link to the launcher of a checkout, this one or another, whether that is still there or not. */
function whatIsThere(): 'ours' | 'foreign' | 'nothing' {
  const stat = lstatSync(link, { throwIfNoEntry: false })
  if (stat === undefined) return 'nothing'
  if (!stat.isSymbolicLink()) return 'foreign'
  const target = path.resolve(path.dirname(link), readlinkSync(link))
  const isLauncher = path.basename(target) === 'docker-vol' && path.basename(path.dirname(target)) === 'bin'
  const metadata = path.join(target, '..', '..', 'plugin-metadata.json')
  return isLauncher && (existsSync(metadata) || !existsSync(target)) ? 'ours' : 'foreign'
}

function buildIfNeeded(): void {
  const built = statSync(path.join(root, 'dist', 'main.js'), { throwIfNoEntry: false })?.mtimeMs ?? 0
  const sources = ['package.json', ...globSync('src/**/*.ts', { cwd: root })]
  if (sources.every((file) => statSync(path.join(root, file)).mtimeMs < built)) return
  execFileSync(process.execPath, [path.join(root, 'scripts', 'build.ts')], { cwd: root, stdio: 'inherit' })
}
