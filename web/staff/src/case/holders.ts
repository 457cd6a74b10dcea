// Who may do a step: the colleagues on duty who hold its role for the agency and category; asked once for a page's life.
import { ref } from 'vue'

import { api, got } from '../api/client'
import { useSession } from '../session'

const MOST = 3
const known = ref<Record<string, string[]>>({})
const asked = new Set<string>()

export function useHolders(): (role: string, agency: number, category: string) => string[] {
  const session = useSession()
  return (role, agency, category) => {
    const key = `${role} ${agency} ${category}`
    if (!asked.has(key) && session.may.has('task.claim') && agency) {
      asked.add(key)
      void got(api.GET('/api/staff/officers', { params: { query: { role, agency_id: agency, category } } }))
        .then((found) => (known.value = { ...known.value, [key]: found.map((one) => one.name) }))
        .catch(() => asked.delete(key))
    }
    return known.value[key] ?? []
  }
}

/** The names as far as a line takes them; how many there are besides. */
export const named = (names: string[]): { names: string[]; more: number } => ({ names: names.slice(0, MOST), more: Math.max(0, names.length - MOST) })
