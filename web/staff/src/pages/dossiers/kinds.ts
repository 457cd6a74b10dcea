// What the dossiers' pages share: a line of the list, how a term is told, how a use stands.
import type { components } from '../../api/schema'
import { minute } from '../../dates'
import { i18n } from '../../i18n'

type S = components['schemas']
export const STATES = ['kept', 'lent', 'destroyed'] as const
export const USE_STATES = ['asked', 'granted', 'refused', 'lent', 'ended'] as const

export interface Line {
  id: string
  to: string
  title: string
  archiveNo: string | null
  caseNumber: string | null
  category: string
  year: number | null
  pages: number | null
  term: string
  location: string
  state: string
}

/** How long it is kept: for ever, until a day, or why that is not settled. */
export function term(one: S['DossierLine']): string {
  const { t } = i18n.global
  if (one.retention_permanent) return t('dossiers.permanent')
  if (one.retention_unconfirmed || !one.retain_until) return t('dossiers.unsettled')
  return t('dossiers.until', { day: one.retain_until, years: one.retention_years ?? '' })
}

export const lineOf = (one: S['DossierLine']): Line => ({
  id: one.id, to: `/dossiers/${one.id}`, title: one.title, archiveNo: one.part > 1 ? [one.archive_no, i18n.global.t('dossiers.partNo', { n: one.part })].filter(Boolean).join(' ') : one.archive_no, caseNumber: one.case_number, category: one.category, year: one.year, pages: one.pages, term: term(one), location: one.location, state: one.state,
})

export const isOverdue = (use: S['UseLine']): boolean => use.state === 'lent' && !!use.due_at && Date.parse(use.due_at) < Date.now()

export function standing(use: S['UseLine']): string {
  const { t } = i18n.global
  return isOverdue(use) ? t('dossiers.overdue', { day: minute(use.due_at) }) : t(`dossiers.useState.${use.state}`)
}
