import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import process from 'node:process'
import { execa } from 'execa'
import type { Bed } from '../bed/bed.ts'

/** What tests make carries this label; its value is the run. */
export const testLabel = 'docker-vol.test'

/** Names the run and the process that it belongs to, so that a later run knows what is left of a killed one. */
export function runId(): string {
  return `vt${process.pid}x${randomBytes(3).toString('hex')}`
}

/**
 * Removes every container, volume and network that a run made: by its label, or, for what the product made, by the
 * part of its name that it has from the run's volumes. No scenario may be named as another one begins: it would
 * remove what that is still at work with.
 */
export async function removeRun(bed: Bed, part: string): Promise<void> {
  await removeNamed(bed, (name) => name.includes(part))
}

/** Removes what runs left behind whose process is gone. */
export async function removeEarlierRuns(bed: Bed): Promise<void> {
  await removeNamed(bed, (name) => {
    const [, id] = /vt(\d+)x[0-9a-f]{6}/.exec(name) ?? []
    return id !== undefined && !existsSync(`/proc/${id}`)
  })
}

async function removeNamed(bed: Bed, ours: (name: string) => boolean): Promise<void> {
  const volumes = await names(bed, ['volume', 'ls'], '{{.Name}} {{.Labels}}', ours)
  const containers = await names(
    bed,
    ['ps', '--all', '--no-trunc'],
    '{{.ID}} {{.Names}} {{.Labels}} {{.Mounts}}',
    ours,
  )
  await remove(bed, ['rm', '--force', '--volumes'], containers)
  await remove(bed, ['volume', 'rm', '--force'], volumes)
  await remove(bed, ['network', 'rm'], await names(bed, ['network', 'ls'], '{{.Name}}', ours))
}

async function names(
  bed: Bed,
  command: readonly string[],
  format: string,
  ours: (line: string) => boolean,
): Promise<string[]> {
  const { stdout } = await execa(bed.docker, [...command, '--format', format], { env: bed.environment })
  return stdout
    .split('\n')
    .filter((line) => line !== '' && ours(line))
    .map((line) => line.split(' ', 1)[0] ?? '')
}

async function remove(bed: Bed, command: readonly string[], what: readonly string[]): Promise<void> {
  // Something that went away by itself meanwhile is no failure.
  if (what.length > 0) await execa(bed.docker, [...command, ...what], { env: bed.environment, reject: false })
}
