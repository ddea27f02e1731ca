export type Redacted = {
  /** The options with `***` in place of every secret. */
  readonly options: Readonly<Record<string, string>>
  /** Names of the options that held one, sorted; for a part of `o` that is `o`. */
  readonly redactedOptions: readonly string[]
}

const mark = '***'
const secretWords = new Set([
  'password',
  'password2',
  'passwd',
  'passphrase',
  'passwords',
  'pass',
  'secret',
  'secrets',
  'token',
  'tokens',
  'key',
  'keys',
  'apikey',
  'accesskey',
  'secretkey',
  'credential',
  'credentials',
  'cred',
  'creds',
])

/**
 * Takes the secrets out of a volume's driver options, so that they can be written into a snapshot. A secret is the
 * value of an option (or of a `key=value` part of the mount options `o`) whose name says so, the password in a URL
 * and in the `user=name%password` of CIFS (mount.cifs(8)). User names are kept.
 */
export function redactOptions(options: Readonly<Record<string, string>>): Redacted {
  const kept: Record<string, string> = {}
  const redactedOptions: string[] = []
  for (const name of Object.keys(options).sort()) {
    const value = options[name] ?? ''
    const clean = namesSecret(name) && value !== '' ? mark : redactValue(name, value)
    if (clean !== value) redactedOptions.push(name)
    Object.defineProperty(kept, name, { value: clean, enumerable: true, writable: true, configurable: true })
  }
  return { options: kept, redactedOptions }
}

function redactValue(name: string, value: string): string {
  const clean = redactUrl(value)
  return name === 'o' || name === 'opts' || name === 'options' ? redactMountOptions(clean) : clean
}

/** Whether a word of the name (`accessKey`, `s3_secret-key`) is one that names a secret. */
function namesSecret(name: string): boolean {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
  return words.some((word) => secretWords.has(word))
}

/** In mount options a comma that belongs to a password is doubled (fs/smb/client, `,,`). */
function redactMountOptions(text: string): string {
  return text.replaceAll(
    /(^|,)([^=,]+)=((?:,,|[^,])*)/g,
    (part: string, before: string, name: string, value: string) => {
      if (value === '') return part
      if (namesSecret(name)) return `${before}${name}=${mark}`
      if (/^\s*user(?:name)?\s*$/i.test(name)) return `${before}${name}=${value.replace(/%.+$/s, `%${mark}`)}`
      return part
    },
  )
}

/** `scheme://user:password@host` and `?token=…`; the scheme may be missing, as in `//user:password@host/share`. */
function redactUrl(text: string): string {
  return text
    .replaceAll(/(\/\/[^/\s:@,]*:)[^/\s]+@/g, `$1${mark}@`)
    .replaceAll(/([?&])([^=&#\s]+)=([^&#\s]+)/g, (part: string, before: string, name: string) =>
      namesSecret(name) ? `${before}${name}=${mark}` : part,
    )
}
