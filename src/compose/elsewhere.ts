/**
 * Whether what a file includes or extends lies elsewhere: a git repository, an OCI artifact, an address. Compose would
 * fetch it; an audit fetches nothing.
 */
export function isElsewhere(file: string): boolean {
  return /^([a-z][a-z0-9+.-]*:\/\/|[\w.-]+@[\w.-]+:|github\.com\/|oci:)/i.test(file)
}
