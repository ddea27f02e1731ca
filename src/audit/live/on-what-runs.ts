import { isLive, type Rule } from '../rule.ts'

/** Rules about files that speak of what is, and not of how it is written. Live rules say the rest of containers. */
const ofContainers: ReadonlySet<string> = new Set([
  'database-bind-mount',
  'database-on-network-volume',
  'database-on-tmpfs',
  'database-stop-grace-period',
  'database-unpinned-image',
  'driver-options-credentials',
  'ignore-unused',
  'ignore-without-reason',
  'mount-hides-system-directory',
  'mount-inside-database',
  'network-volume-options',
  'selinux-relabel-host-path',
  'sensitive-host-path',
])

/** Whether a rule has something to say about a container that no file describes. */
export function onWhatRuns(rule: Rule): boolean {
  return isLive(rule) || ofContainers.has(rule.id)
}
