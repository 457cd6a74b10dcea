// The agencies within a person's reach, as choices of a form.
import { computed, type ComputedRef } from 'vue'

import type { Ask, Option } from './lists/kinds'
import { useSession } from './session'
import { useWords } from './words'

export function useAgencies(): { agencies: ComputedRef<Option[]>; agency: ComputedRef<Ask>; category: ComputedRef<Ask> } {
  const session = useSession()
  const words = useWords()
  const agencies = computed(() => [...new Set((session.me?.roles ?? []).flatMap((r) => r.agencies))].map((id) => ({ value: String(id), label: words.agency(id) })))
  const agency = computed<Ask>(() => ({ name: 'agency_id', label: 'inbox.column.agency', kind: 'select', must: true, options: agencies.value, first: String(session.me?.agency_id ?? '') }))
  const category = computed<Ask>(() => ({ name: 'category', label: 'start.category', kind: 'select', must: true, options: Object.entries(words.words?.codes.ENFORCEMENT_CATEGORY ?? {}).map(([value, label]) => ({ value, label })) }))
  return { agencies, agency, category }
}
