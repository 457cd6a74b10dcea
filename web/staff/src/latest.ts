// Which answer still counts: one to a question that a newer one has overtaken does not, however late it comes.

/** Each call asks anew; what it returns says whether nothing was asked since. */
export function useLatest(): () => () => boolean {
  let asked = 0
  return () => {
    const mine = ++asked
    return () => mine === asked
  }
}
