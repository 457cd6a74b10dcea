// Who may do a step: the colleagues on duty who hold its role for the agency and category; asked once for a page's life.
// Of officers those who handle the case, once it has named them.
import { ref } from 'vue'

import { api, got } from '../api/client'
import type { CaseView, Officer } from '../api/types'
import { useSession } from '../session'

const MOST = 3
const FIELD = 'officer' // the role of who acts in the field
const known = ref<Record<string, Officer[]>>({})
const asked = new Set<string>()

export function useHolders(): (role: string, agency: number, category: string, handlers?: string[]) => string[] {
  const session = useSession()
  return (role, agency, category, handlers = []) => {
    const key = `${role} ${agency} ${category}`
    if (!asked.has(key) && session.may.has('task.claim') && agency) {
      asked.add(key)
      void got(api.GET('/api/staff/officers', { params: { query: { role, agency_id: agency, category } } }))
        .then((found) => (known.value = { ...known.value, [key]: found }))
        .catch(() => asked.delete(key))
    }
    const all = known.value[key] ?? []
    const handling = role === FIELD ? all.filter((one) => handlers.includes(one.id)) : []
    return (handling.length ? handling : all).map((one) => one.name)
  }
}

/** The officers that the case has named. */
export const handlersOf = (view: CaseView | null): string[] => {
  const value = view?.facts.find((one) => one.key === 'officers')?.value
  return Array.isArray(value) ? value.map(String) : []
}

/** The names as far as a line takes them; how many there are besides. */
export const named = (names: string[]): { names: string[]; more: number } => ({ names: names.slice(0, MOST), more: Math.max(0, names.length - MOST) })
