import { managesContainers, watchesTheHost } from '../knowledge/privileged-images.ts'
import type { Severity } from '../finding.ts'
import type { Mount, Service } from './project.ts'

export type Exposure = { readonly severity: Severity; readonly what: string; readonly cure: string }

/** What a bind mount lays open on the host; undefined when that is nothing to speak of. */
export function exposureOf(mount: Mount, service: Service): Exposure | undefined {
  const { source } = mount
  if (mount.type !== 'bind' || source === undefined) return undefined
  const repository = service.image?.repository ?? ''
  if (isEngineSocket(source)) return socketExposure(mount, managesContainers(repository))
  if (harmless.test(source)) return undefined
  const found = kinds.find(({ pattern }) => pattern.test(source))
  if (found === undefined) return undefined
  if (mount.readOnly && watchesTheHost(repository) && found.monitored) return undefined
  return {
    severity: mount.readOnly ? found.readOnly : found.writable,
    what: `${mount.sourceText} ${found.what}${mount.readOnly ? '' : ', and may be changed by the container'}`,
    cure: mount.readOnly ? found.cure : `${found.cure} At least add :ro.`,
  }
}

function isEngineSocket(source: string): boolean {
  return /\/(docker|podman|containerd)\.sock$/.test(source) || source === '//var/run/docker.sock'
}

/** Read-only makes no difference: what is asked over a socket is not written to it. */
function socketExposure(_mount: Mount, expected: boolean): Exposure {
  return {
    severity: expected ? 'info' : 'warning',
    what: 'The socket of the engine gives the container root on the host, volumes of all others included; :ro does not change that',
    cure: 'Put a socket proxy in between that lets through what is needed, or leave it out.',
  }
}

/** Single facts that programs ask for. */
const harmless =
  /^\/etc\/(localtime|timezone|machine-id|hostname|os-release|resolv\.conf|hosts|mtab|ssl\/certs(\/.*)?|ca-certificates(\/.*)?|pki\/ca-trust(\/.*)?)$|^\/dev\/(dri|snd|video\d*|tty\w*|net\/tun|bus\/usb|kvm|serial|fuse|shm|null|input|disk)(\/.*)?$|^\/sys\/(fs\/cgroup|class|bus|devices)(\/.*)?$|^\/lib\/modules$/

type Kind = {
  readonly pattern: RegExp
  readonly what: string
  readonly writable: Severity
  readonly readOnly: Severity
  readonly cure: string
  /** What watches the host may read it. */
  readonly monitored: boolean
}

const kinds: readonly Kind[] = [
  {
    pattern: /^\/$/,
    what: 'is the whole host',
    writable: 'error',
    readOnly: 'warning',
    cure: 'Mount the directory that is needed.',
    monitored: true,
  },
  {
    pattern:
      /\/\.(ssh|aws|gnupg|kube|docker|azure|config\/gcloud|password-store|netrc|npmrc|pypirc)$|\/\.(ssh|aws|gnupg|kube)\//,
    what: 'holds keys and credentials of a person',
    writable: 'error',
    readOnly: 'warning',
    cure: 'Hand over the one credential that is needed as a secret, or forward an agent.',
    monitored: false,
  },
  {
    pattern: /^\/etc\/(shadow|sudoers|ssh|passwd|gshadow)(\/|$)/,
    what: 'decides who may log in to the host',
    writable: 'error',
    readOnly: 'warning',
    cure: 'Leave it out.',
    monitored: true,
  },
  {
    pattern: /^\/(etc|boot|dev|proc|sys|usr|bin|sbin|lib|lib64)$/,
    what: "is the host's own system",
    writable: 'error',
    readOnly: 'warning',
    cure: 'Mount the file or directory below it that is needed.',
    monitored: true,
  },
  {
    pattern: /^\/(proc|sys|boot)\//,
    what: "is the host's own system",
    writable: 'warning',
    readOnly: 'info',
    cure: 'Leave it out unless the program is about the host itself.',
    monitored: true,
  },
  {
    pattern:
      /^\/var\/lib\/docker$|^\/var\/lib\/(docker|containerd)\/(volumes|overlay2|containers|image)?\/?$/,
    what: "is the engine's own storage, every volume and container in it",
    writable: 'error',
    readOnly: 'warning',
    cure: 'Mount the volumes that are needed by name.',
    monitored: true,
  },
  {
    pattern: /^\/(root|home|Users)$|^\/(home|Users)\/[^/]+$|^~$/,
    what: 'is a whole home, keys and credentials included',
    writable: 'warning',
    readOnly: 'warning',
    cure: 'Mount the directory below it that is needed.',
    monitored: false,
  },
]
