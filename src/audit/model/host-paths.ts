/** What can be told of a path of the host by its name alone. */

/** A name with an extension that files have. `conf.d` and `v1.2` have none. */
export function looksLikeFile(path: string): boolean {
  const name = path.split(/[\\/]/).at(-1) ?? ''
  return (
    /[^.]\.(conf|cfg|cnf|ini|toml|ya?ml|json|xml|properties|env|crt|cert|cer|pem|key|pub|p12|pfx|jks|sql|sh|lua|js|ts|py|php|rb|html?|css|txt|acl|htpasswd|hcl|tmpl|template|rules|config|service|db|sqlite3?|list|lst|allow|zone|vcl|star|alloy|river)$/i.test(
      name,
    ) ||
    /^(Caddyfile|Corefile|Dockerfile|Gemfile|Makefile|Procfile|\.env(\..*)?|\.htpasswd|\.htaccess|\.pgpass|\.my\.cnf)$/.test(
      name,
    )
  )
}

/** Whether a path of the host is the system's own, or a whole home. */
export function isSystemPath(path: string): boolean {
  return systemPaths.test(path)
}

const systemPaths =
  /^\/$|^\/(etc|usr|bin|sbin|lib|lib64|boot|dev|proc|sys|run|root|var|home)$|^\/home\/[^/]+$|^\/Users\/[^/]+$|^\/(etc|usr|boot|dev|proc|sys)\/|^\/var\/(lib|run|log|lib\/docker)$|^\/(var\/)?run\/docker\.sock$/
