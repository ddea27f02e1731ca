/** An image as a Compose file names it. */
export type ImageReference = {
  readonly text: string
  /** Without Docker Hub's own prefixes: `postgres`, `bitnami/redis`, `ghcr.io/a/b`. */
  readonly repository: string
  /** As written; undefined when there is none. */
  readonly tag: string | undefined
  readonly digest: string | undefined
}

/** Takes an image reference apart; no tag is not made `latest`. */
export function parseImageReference(text: string): ImageReference {
  const at = text.indexOf('@')
  const digest = at === -1 ? undefined : text.slice(at + 1)
  const named = at === -1 ? text : text.slice(0, at)
  const colon = named.lastIndexOf(':')
  const hasTag = colon > named.lastIndexOf('/')
  const name = hasTag ? named.slice(0, colon) : named
  const tag = hasTag ? named.slice(colon + 1) : ''
  const repository = name
    .replace(/^(index\.|registry-1\.)?docker\.io\//, '')
    .replace(/^(public\.ecr\.aws\/docker\/|mirror\.gcr\.io\/)?library\//, '')
  return { text, repository, tag: tag === '' ? undefined : tag, digest }
}
