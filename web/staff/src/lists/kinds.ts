// What a register's page declares: columns, ways of asking, acts. Texts are keys of the catalogue; what a cell shows is data.
export interface Column<Row> {
  key: string
  label: string
  text: (row: Row) => string | number | null | undefined
  /** Where the cell leads. */
  to?: (row: Row) => string | null
  tag?: boolean
  /** The tag tells of something overdue or not in force. */
  late?: (row: Row) => boolean
  /** Long text: takes what room there is. */
  wide?: boolean
}

export interface Option {
  value: string
  label: string
}

export interface Filter {
  name: string
  kind: 'search' | 'select' | 'date' | 'check' | 'number'
  label: string
  options?: Option[] | (() => Option[])
  /** The first entry of a choice that means "any"; without it the first option is taken. */
  any?: string
}

export type Query = Record<string, string>
export interface Paged<Row> {
  items: Row[]
  next: string | null
}

export interface Ask {
  name: string
  label: string
  kind: 'text' | 'longtext' | 'number' | 'date' | 'datetime' | 'select' | 'search' | 'many' | 'password' | 'file' | 'check'
  must?: boolean
  options?: Option[]
  first?: string | string[] | boolean
  hint?: string
  accept?: string
}

export type Given = Record<string, string | string[] | boolean | File | null>

/** An act with its dialog: what is asked, what it will do, and the request. */
export interface Act {
  name: string
  label: string
  /** What it will do, said before. */
  text?: string
  asks: Ask[]
  /** Asked for when the dialog opens: choices that are not known before, and what the act will do, line by line. */
  look?: () => Promise<{ asks?: Ask[]; lines?: string[] }>
  /** Asked for as soon as all is given that must be, and after each change: what the act would do, line by line. */
  foresee?: (given: Given) => Promise<string[]>
  run: (given: Given) => Promise<unknown>
  done?: string
  strong?: boolean
}

export const optionsOf = (codes: Record<string, string> | undefined): Option[] =>
  Object.entries(codes ?? {}).map(([value, label]) => ({ value, label }))

/** Text of an answer; empty when nothing was given. */
export const str = (value: Given[string] | undefined): string => (typeof value === 'string' ? value.trim() : '')
export const orNull = (value: Given[string] | undefined): string | null => str(value) || null
export const list = (value: Given[string] | undefined): string[] => (Array.isArray(value) ? value : [])
