import { inTheWay } from './in-the-way.ts'

/**
 * The shell function that ends a script with the path of what is mounted below \`$1\`, if anything is: that is no part of
 * the volume, is in no copy of it, and would be emptied with what it lies in. A mount from the same file system has the
 * same device, so the kernel's list is asked (proc(5): the fifth field is the place, with octal escapes). What is
 * mounted after the helper has started is not seen in it, and cannot be emptied by it either.
 */
export const refuseMountsFunction = `
refuse_mounts() {
  while read -r _ _ _ _ place _; do
    case $place in *\\\\*) place=$(printf '%b/' "$place") place=\${place%/} ;; esac
    case $place in "$1"/*) printf '%s\\n' "\${place#"$1"/}"; exit ${inTheWay.fileSystems} ;; esac
  done </proc/self/mountinfo || exit 1
}
`
