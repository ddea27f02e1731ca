import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Takes a machine-wide lock if it is free; whoever holds it loses it with its process, however that ends. */
export async function tryLock(name: string): Promise<(() => Promise<void>) | undefined> {
  // Elsewhere the bed only uses an engine that is already there, and nothing in that needs a lock.
  if (process.platform !== 'linux') return async () => {}
  const server = createServer()
  // An abstract socket: the kernel drops it with its process, so no lock can be left behind.
  const address = `\0docker-vol-bed-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`
  const free = await new Promise<boolean>((settle, fail) => {
    server.once('listening', () => settle(true))
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') settle(false)
      else fail(error)
    })
    server.listen(address)
  })
  return free ? () => close(server.unref()) : undefined
}

/** Runs one act while no other process runs another under the same name. */
export async function withLock<T>(name: string, act: () => Promise<T>): Promise<T> {
  let release = await tryLock(name)
  while (!release) {
    await sleep(100)
    release = await tryLock(name)
  }
  try {
    return await act()
  } finally {
    await release()
  }
}

function close(server: Server): Promise<void> {
  return new Promise((settle) => server.close(() => settle()))
}
