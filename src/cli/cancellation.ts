import { connect } from 'node:net'

import { VolError } from '../errors.ts'

type Signals = { on(event: NodeJS.Signals, listener: () => void): unknown; exit(code: number): never }

const interrupted = 130

/**
 * One AbortController for everything that means "stop": SIGINT, SIGTERM, SIGHUP and the end of the docker that
 * called us. Ctrl-C at `docker vol x | cat` gives two of them at once; the first counts. The third signal ends the
 * process at once, as docker's own third does (docker/cli, cmd/docker/docker.go, tryPluginRun).
 */
export function cancellation(process: Signals, socket: string | undefined): AbortController {
  const controller = new AbortController()
  const stop = () => controller.abort(new VolError('INTERRUPTED', 'Interrupted.', { suggestions: [] }))
  let received = 0
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => {
      received += 1
      if (received >= 3) process.exit(interrupted)
      stop()
    })
  }
  if (socket !== undefined && socket !== '') watchPluginSocket(socket, stop)
  return controller
}

/**
 * Calls `ended` when docker closes the plugin socket: it carries no data, its end is the message. An address that
 * begins with `@` is in Linux's abstract name space. When it cannot be reached we do without.
 */
export function watchPluginSocket(address: string, ended: () => void): void {
  const connection = connect(address.startsWith('@') ? `\0${address.slice(1)}` : address)
  let isConnected = false
  connection.on('connect', () => {
    isConnected = true
  })
  connection.on('error', () => {})
  connection.on('close', () => {
    if (isConnected) ended()
  })
  // Reading is what makes the end visible.
  connection.resume()
  connection.unref()
}
