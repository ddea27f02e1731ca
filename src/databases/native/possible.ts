/** Whether a database can be copied by its own backup, and why or why not: the end of a sentence for people. */
export type Possible<Plan> =
  | { readonly possible: true; readonly plan: Plan; readonly why: string }
  | { readonly possible: false; readonly why: string }

export function impossible(why: string): { readonly possible: false; readonly why: string } {
  return { possible: false, why }
}
