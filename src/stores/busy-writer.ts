import { writeSync } from 'node:fs'
import { exampleConfig, exampleId } from '../snapshots/examples.ts'
import { mediaTypes } from '../snapshots/format.ts'
import { directoryStore } from './directory.ts'

/*
 * For the tests that kill: takes and removes snapshots of one volume, puts some into the trash and out of it, and says
 * on stdout what it has done (`committed ID`) and what it is about to do (`removing ID`). Arguments: the store, the first number, how many.
 */
const [, , location = '', first = '', count = ''] = process.argv
const store = directoryStore(location)
writeSync(1, 'ready\n')
for (let number = Number(first); number < Number(first) + Number(count); number += 1) {
  const draft = await store.begin('pgdata')
  const layers = []
  for (const content of ['shared by all', `own ${number}`, `shared by two ${number >> 1}`]) {
    const blob = draft.blob(mediaTypes.layer)
    blob.write(Buffer.from(content.repeat(1000)))
    layers.push(await blob.finish())
  }
  if (number % 5 === 4) {
    await draft.abandon()
  } else {
    const committed = await draft.commit(exampleConfig(exampleId(number)), layers, {})
    writeSync(1, `committed ${committed.id}\n`)
    await store.record(committed, 'bytes', { at: committed.config.created, good: true, about: '' })
    await store.trash(committed, new Date('2099-01-01'))
    if (number % 4 === 1) {
      writeSync(1, `removing ${committed.id}\n`)
      await store.trash(committed, new Date('2001-01-01'))
    } else await store.untrash(committed)
  }
  if (number % 3 === 2) {
    const [oldest] = await store.list('pgdata')
    if (oldest !== undefined) {
      writeSync(1, `removing ${oldest.id}\n`)
      await store.remove(oldest)
    }
    await store.clean()
  }
}
