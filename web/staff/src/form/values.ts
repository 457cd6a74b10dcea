// What a control shows and what is sent are two things: here they meet. Judging is the server's.
import { fromWall, minute, toWall } from '../dates'
import { i18n } from '../i18n'
import type { Answers, FormField } from '../api/types'

export const isEmpty = (value: unknown): boolean =>
  value === null || value === undefined || value === '' || (Array.isArray(value) && value.length === 0)

/** What is sent for a whole number; what is none stays as typed, so that the server can say what is wrong. */
export function whole(text: string): number | string | null {
  const plain = text.trim()
  if (!plain) return null
  return /^-?\d{1,15}$/.test(plain) ? Number(plain) : plain
}

export const wallOf = (value: unknown): string => (typeof value === 'string' && value ? toWall(value) : '')
export const instantOf = (wall: string | null | undefined): string | null => (wall ? fromWall(wall) : null)

/** The answers to send: fields one may edit and that are shown; emptied ones as null; tables without hidden cells. */
export function toSend(fields: FormField[], answers: Answers, visible: ReadonlySet<string>, hidden: ReadonlySet<string>): Answers {
  const sent: Answers = {}
  for (const field of fields) {
    if (field.right !== 'edit' || !visible.has(field.element)) continue
    const value = answers[field.element]
    if (field.type === 'table' && Array.isArray(value)) sent[field.element] = rows(field, value as Answers[], hidden)
    else if (!isEmpty(value)) sent[field.element] = value
    else if (field.element in answers) sent[field.element] = null
  }
  return sent
}

function rows(field: FormField, all: Answers[], hidden: ReadonlySet<string>): Answers[] {
  return all.map((row, n) =>
    Object.fromEntries(Object.entries(row).filter(([key, value]) => !isEmpty(value) && !hidden.has(`${field.element}.${n}.${key}`))),
  )
}

/** A stored value in words. `names`: officers and evidence by id. */
export function shown(field: Pick<FormField, 'type' | 'codes' | 'unit'>, value: unknown, say: Say): string {
  if (isEmpty(value)) return ''
  switch (field.type) {
    case 'boolean':
      return say.bool(value === true)
    case 'code':
      return field.codes?.find((c) => c.code === value)?.name ?? String(value)
    case 'codes':
      return (value as string[]).map((one) => field.codes?.find((c) => c.code === one)?.name ?? one).join(say.and)
    case 'datetime':
      return minute(String(value))
    case 'money':
      return say.money(String(value))
    case 'officer':
    case 'document':
      return say.name(String(value))
    case 'officers':
    case 'evidence':
      return (value as string[]).map(say.name).join(say.and)
    case 'agency':
      return say.agency(value as number)
    case 'signature':
      return typeof value === 'object' ? String((value as { name?: string }).name ?? '') : String(value)
    case 'location': {
      const { lon, lat } = value as { lon: string; lat: string }
      return `${lon}, ${lat}`
    }
    default:
      return field.unit === i18n.global.t('form.ratio') ? `${Number((Number(value) * 100).toFixed(4))}%` : `${String(value)}${field.unit ?? ''}`
  }
}

export interface Say {
  and: string
  bool(value: boolean): string
  money(value: string): string
  name(id: string): string
  agency(id: number): string
}

/** `3000.00` → `3,000.00`. Text all the way: an amount is never a float. */
export function grouped(amount: string): string {
  const [whole_, part] = amount.split('.')
  return `${(whole_ ?? '').replace(/\B(?=(\d{3})+$)/g, ',')}${part === undefined ? '' : `.${part}`}`
}
