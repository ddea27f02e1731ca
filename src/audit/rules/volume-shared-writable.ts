import { dataMount, runTogether, usesByVolume, type Use } from '../model/coverage.ts'
import type { Service } from '../model/project.ts'
import type { Rule } from '../rule.ts'
import { textOf, valueAt } from '../../compose/node.ts'

export const volumeSharedWritable: Rule = {
  id: 'volume-shared-writable',
  category: 'volume',
  severity: 'info',
  summary: 'Let one service write a volume, and others read it',
  doc: `Services of different images may all write one volume. Often one of them only reads (a web server in front of
an application, a backup), and a mistake or a break-in there changes what the other relies on.

Mount it read-only where it is only read. Nothing is said of services of one image, which know of each other, of
sockets, and of volumes of databases, which have a rule of their own.`,
  fixable: false,
  examples: {
    bad: [
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - media:/media\n  web:\n    image: nginx:1.29\n    volumes:\n      - media:/usr/share/nginx/html\nvolumes:\n  media:\n',
      },
    ],
    good: [
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - media:/media\n  web:\n    image: nginx:1.29\n    volumes:\n      - media:/usr/share/nginx/html:ro\nvolumes:\n  media:\n',
      },
      {
        compose:
          'services:\n  app:\n    image: example/app\n    volumes:\n      - media:/media\n  worker:\n    image: example/app\n    volumes:\n      - media:/media\nvolumes:\n  media:\n',
      },
    ],
  },
  *check(project) {
    for (const [key, uses] of usesByVolume(project)) {
      if (uses.some(({ service, mount }) => dataMount(service) === mount)) continue
      const writers = uses.filter(({ mount }) => !mount.readOnly && !isForSockets(mount.target))
      const [first] = writers
      const other = writers.find((use) => first !== undefined && isStranger(use, first))
      if (first === undefined || other === undefined) continue
      yield {
        at: other.mount.at,
        subject: { volume: key },
        message: `${first.service.name} and ${other.service.name} may both write the volume "${key}".`,
        cure: 'Add :ro where it is only read.',
      }
    }
  },
}

function isStranger({ service }: Use, { service: first }: Use): boolean {
  return service !== first && runTogether(service, first) && programOf(service) !== programOf(first)
}

/** Services of one image, or built from one folder, are one program. */
function programOf({ image, node, name }: Service): string {
  const context = textOf(valueAt(node, 'build')) ?? textOf(valueAt(node, 'build', 'context'))
  return context ?? image?.repository ?? name
}

function isForSockets(target: string): boolean {
  return /^\/(var\/)?run(\/|$)|sock|^\/tmp(\/|$)/.test(target)
}
