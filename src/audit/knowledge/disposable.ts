/** Directories whose contents can be made again, by their names. */
const nothingToKeep =
  /\/(node_modules|bower_components|vendor|\.?venv|__pycache__|\.next|\.nuxt|\.svelte-kit|\.turbo|\.yarn|\.pnpm-store|\.?cache|te?mp|target|dist|build|obj|bin|\.gradle|\.m2|\.git|_build|deps|coverage|logs?)(\/|$)/

/** Whether a path of a container holds dependencies, caches, logs or what a build made, and nothing to keep. */
export function holdsNothingToKeep(path: string): boolean {
  return nothingToKeep.test(path)
}
