// What a form names by id or number: a party, a vehicle, a violation item.
import { ref, watch, type Ref } from 'vue'

import { api, got } from '../api/client'
import { useLatest } from '../latest'

export type Registered = 'party' | 'vehicle' | 'violation'

/** Its page. */
export const pageOf = (kind: Registered, id: string): string => ({ party: '/objects/parties/', vehicle: '/objects/vehicles/', violation: '/law/items/' })[kind] + id

async function nameOf(kind: Registered, id: string): Promise<string> {
  const path = { params: { path: { object_id: id } } }
  if (kind === 'party') return (await got(api.GET('/api/staff/objects/parties/{object_id}', path))).name
  if (kind === 'vehicle') return (await got(api.GET('/api/staff/objects/vehicles/{object_id}', path))).plate
  const found = await got(api.GET('/api/staff/items', { params: { query: { code: id } } }))
  return found[0] ? `${id} ${String(found[0].name)}` : id // its number is what people know it by
}

/** What it is called; its id where it cannot be read. */
export function useRegistered(kind: () => Registered, id: () => unknown): Ref<string> {
  const name = ref('')
  const ask = useLatest()
  watch([kind, id], async ([of, value]) => {
    const counts = ask()
    if (!value) return void (name.value = '')
    let called = String(value)
    try {
      called = await nameOf(of, called)
    } catch {
      // who may not read it sees the number
    }
    if (counts()) name.value = called
  }, { immediate: true })
  return name
}
