/** A violation item as the law base lists it. */
export interface Item {
  code: string
  category: string
  name: string
  violated: string
  basis: string
  law: string[]
  kinds: string[]
  mark: string
  illustrative: boolean
  valid_from: string
  valid_to: string | null
}
