import { textOf } from '../../compose/node.ts'
import type { DeclaredVolume } from './project.ts'

/** `NFS` or `CIFS` for a volume of the local driver that is a share; undefined for what cannot be told. */
export function networkTypeOf({ driver, driverOptions }: DeclaredVolume): 'NFS' | 'CIFS' | undefined {
  if (driver !== 'local') return undefined
  const type = textOf(driverOptions.get('type'))?.toLowerCase()
  if (type === 'nfs' || type === 'nfs4') return 'NFS'
  return type === 'cifs' || type === 'smb' || type === 'smb3' ? 'CIFS' : undefined
}

/** The words of `o:`; none when a variable leaves them open. */
export function mountWordsOf({ driverOptions }: DeclaredVolume): readonly string[] {
  return (textOf(driverOptions.get('o')) ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
}
