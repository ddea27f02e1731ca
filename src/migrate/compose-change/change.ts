/** What a migration asks of the Compose files of a project. */
export type ComposeChange = {
  /** The migrated volume, by its name on the engine. */
  readonly volume: string
  /** The services that run the server. Others that mount the volume are named to the user, and not changed. */
  readonly services: readonly string[]
  /** The reference of the image that they shall run. */
  readonly image: string
  /** Where in their containers the volume shall be mounted. */
  readonly mountTarget: string
  /** Where in their containers the server shall find its data, absolute: what PGDATA must say. */
  readonly dataDirectory: string
  /** What the new image itself says in PGDATA. */
  readonly imageDataDirectory: string
  /** The volume on the engine that takes the place of the migrated one, where it was migrated into another. */
  readonly into?: string
}

/** One thing that the files say otherwise afterwards. */
export type Want =
  | { readonly what: 'image'; readonly service: string; readonly image: string }
  /** The mount of the volume with the key `from`. */
  | {
      readonly what: 'mount'
      readonly service: string
      readonly from: string
      readonly source: string
      readonly target: string
    }
  | { readonly what: 'data-directory'; readonly service: string; readonly path: string }
  /** An external volume that is declared. */
  | { readonly what: 'volume'; readonly key: string; readonly name: string }

/** A file that changes: what is in it, and what shall be. */
export type FileChange = {
  /** Absolute. */
  readonly path: string
  /** As it is shown. */
  readonly name: string
  readonly before: string
  readonly after: string
}
