import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { stringify } from 'yaml'
import type { RunResult } from './running.ts'

/** A Compose file as data. */
export type ComposeFile = {
  readonly services: Readonly<Record<string, object>>
  readonly volumes?: Readonly<Record<string, object | null>>
  readonly [section: string]: unknown
}

/** A Compose project of a test. */
export type Compose = {
  readonly project: string
  readonly folder: string
  /** compose.yaml. */
  readonly file: string
  up(...services: readonly string[]): Promise<RunResult>
  /** Removes the containers; volumes too with `--volumes`. */
  down(...more: readonly string[]): Promise<RunResult>
  exec(service: string, ...command: readonly string[]): Promise<RunResult>
  /** Any other command of `docker compose`, which must succeed. */
  run(...words: readonly string[]): Promise<RunResult>
  /** The name that a volume of the file has on the engine. */
  volume(key: string): string
  /** Writes another file in its place. */
  write(file: ComposeFile): Promise<void>
}

type ComposeRequest = {
  readonly file: ComposeFile
  readonly project: string
  readonly folder: string
  /** On everything that the project makes. */
  readonly label: string
  readonly docker: (...words: readonly string[]) => Promise<RunResult>
}

/** Writes a Compose file into a folder of its own and returns what can be done with it. */
export async function compose({ file, project, folder, label, docker }: ComposeRequest): Promise<Compose> {
  const target = path.join(folder, 'compose.yaml')
  const write = (content: ComposeFile) => writeFile(target, stringify(labelled(content, label)))
  await mkdir(folder, { recursive: true })
  await write(file)
  const run = (...words: readonly string[]) =>
    docker('compose', '--progress=quiet', `--file=${target}`, `--project-name=${project}`, ...words)
  return {
    project,
    folder,
    file: target,
    run,
    write,
    up: (...services) => run('up', '--detach', '--wait', ...services),
    down: (...more) => run('down', '--timeout=5', ...more),
    exec: (service, ...command) => run('exec', '--no-tty', service, ...command),
    volume: (key) => `${project}_${key}`,
  }
}

/** Puts the label on services and volumes, so that all of it is found again. */
function labelled(file: ComposeFile, label: string): ComposeFile {
  const add = (thing: object | null): object => {
    const labels: unknown = thing !== null && 'labels' in thing ? thing.labels : {}
    if (Array.isArray(labels)) return { ...thing, labels: [...labels, label] }
    const [key = '', value = ''] = label.split('=')
    return { ...thing, labels: { ...(typeof labels === 'object' ? labels : {}), [key]: value } }
  }
  const each = (things: Readonly<Record<string, object | null>>) =>
    Object.fromEntries(
      Object.entries(things).map(([key, thing]) => [
        key,
        // What was made by somebody else takes no labels.
        thing !== null && 'external' in thing && thing.external ? thing : add(thing),
      ]),
    )
  return {
    ...file,
    services: each(file.services),
    ...(file.volumes === undefined ? {} : { volumes: each(file.volumes) }),
  }
}
