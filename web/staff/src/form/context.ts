// What fields need to know of the case that the form belongs to.
import { inject, provide, type InjectionKey, type Ref } from 'vue'

import type { Answers, CaseView, EvidenceItem, Officer } from '../api/types'

export interface FormContext {
  agency: Ref<number>
  category: Ref<string>
  caseId: Ref<string | null>
  officers: Ref<Officer[]> // who may act in the field
  colleagues?: Ref<Officer[]> // everybody with a post here: presiders, recorders, reviewers …
  evidence: Ref<EvidenceItem[]>
  papers?: Ref<CaseView['documents']> // of the case
  /** After a file came in. */
  refresh(): Promise<void>
}

const key: InjectionKey<FormContext> = Symbol('form')
export const provideForm = (context: FormContext): void => provide(key, context)
export function useFormContext(): FormContext {
  const found = inject(key)
  if (!found) throw new Error('a field outside of a form')
  return found
}

/** How a field that looks something up fills the fields beside it; says by name what it filled. */
export interface Beside {
  form: string
  fill(values: Answers): string[]
  /** Only what is empty, or says still what `former` put there. */
  offer(values: Answers, former: Answers): void
  /** What stands in a field of this form now. */
  value(element: string): unknown
}
const beside: InjectionKey<Beside> = Symbol('beside')
export const provideBeside = (one: Beside): void => provide(beside, one)
export const useBeside = (): Beside | null => inject(beside, null)
